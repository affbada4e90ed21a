/*
 * http_open_mhd.h - what http_mhd.c begins with: a listening socket, certificate and key.
 */
#ifndef MANYI_IO_HTTP_OPEN_MHD_H
#define MANYI_IO_HTTP_OPEN_MHD_H

#include <stdint.h>

/* Errors and message as of http_open. */
int http_listen(const char *host, uint16_t port, int *ret_fd, char *message);

/* A PEM file as an ended text, malloc'ed; what: the key of the configuration that names it. -E_BAD_CONFIG, -E_NO_MEMORY. */
int pem_load(const char *path, const char *what, uint8_t **ret_text, char *message);

#endif
