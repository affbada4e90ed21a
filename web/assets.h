/*
 * assets.h - the pages, as the build has packed them (web/pack.py): every file of web/ that a browser may ask for.
 */
#ifndef MANYI_WEB_ASSETS_H
#define MANYI_WEB_ASSETS_H

#include <stddef.h>
#include <stdint.h>

struct asset {
    const char *path; /* "/lib/dom.js" */
    const char *type; /* of the content */
    const char *etag; /* with its quotes; another one when the content differs */
    const uint8_t *plain, *gzip;
    size_t plain_len, gzip_len;
};

/* In order of their paths. */
extern const struct asset assets[];
extern const size_t assets_count;

#endif
