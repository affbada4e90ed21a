/*
 * A configuration file: refused with a sentence that names the file, or each value printed and set again is the same one.
 */
#include "core/status.h"
#include "io/config.h"
#include "tests/fuzz/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PATH "/etc/manyi/manyi.conf"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config config, before, again;
    static struct setup setup;
    char message[CONFIG_MESSAGE_MAX] = "", text[CONFIG_TEXT_MAX];
    config_defaults(&config);
    config_defaults(&again);
    before = config;
    int status = config_read_document(&config, span_make(data, size), PATH, message);
    if (status) {
        ensure(status == -E_BAD_CONFIG);
        judge_sentence(message);
        ensure(strncmp(message, PATH, strlen(PATH)) == 0);
        return 0;
    }
    for (uint32_t i = 0; i < CONFIG_KEYS; i++) {
        config_text(&config, i, text);
        ensure(config_set(&again, config_key(i)->name, text, config.origin[i], message) == 0);
        bool named = strncmp(config.origin[i], PATH, strlen(PATH)) == 0;
        ensure(named || strcmp(config.origin[i], before.origin[i]) == 0);
    }
    ensure(memcmp(&config, &again, sizeof config) == 0);
    for (int one_process = 0; one_process < 2; one_process++) {
        status = config_setup(&config, one_process, &setup, message);
        if (status)
            judge_sentence(message);
        else
            ensure(strncmp(setup.intake_endpoint, "tcp://", 6) == 0);
    }
    return 0;
}
