/* policy_test.c - file after file, case after case, each in a state of its own that is removed afterwards. */
#include "cli/policy_test.h"

#include "cli/rebuild.h"
#include "cli/scratch.h"
#include "cli/story.h"
#include "core/status.h"
#include "io/file.h"
#include "io/json.h"

#include <stdlib.h>

/* How it went, over all files. */
struct verdict_count {
    uint32_t cases;
    uint32_t failed;
};

/* Where two texts part, as a line number from 1 and both lines. */
static void difference_tell(const char *path, const char *expected, const char *came)
{
    uint32_t line = 1;
    for (;;) {
        size_t one = strcspn(expected, "\n"), other = strcspn(came, "\n");
        bool end = expected[one] == '\0' && came[other] == '\0';
        if (one != other || memcmp(expected, came, one) != 0 || (expected[one] == '\0') != (came[other] == '\0')) {
            printf("%s:%u: the story goes another way\n", path, line);
            printf("  expected %.*s\n  came     %.*s\n", (int)one, expected, (int)other, came);
            return;
        }
        if (end)
            return;
        expected += one + 1;
        came += other + 1;
        line++;
    }
}

/* NAME.trace beside NAME.yaml is the whole story as it must go, byte for byte. */
static int trace_compare(const char *path, const char *came, size_t came_len, struct verdict_count *count)
{
    char beside[1024];
    uint8_t *expected;
    size_t len;
    const char *dot = strrchr(path, '.');
    snprintf(beside, sizeof beside, "%.*s.trace", dot ? (int)(dot - path) : (int)strlen(path), path);
    int result = file_read(beside, YAML_BYTES_MAX, &expected, &len);
    if (result == -E_NO_INPUT_FILE)
        return 0;
    if (result < 0)
        return result;
    count->cases++;
    if (!span_equal(span_make(expected, len), span_make(came, came_len))) {
        char *text = malloc(len + 1);
        if (text) {
            memcpy(text, expected, len);
            text[len] = '\0';
            difference_tell(beside, text, came);
        }
        free(text);
        count->failed++;
        result = -E_NOT_AS_EXPECTED;
    }
    free(expected);
    return result;
}

static int case_play(struct cli *cli, struct yaml_file *file, yaml_node_t *node, FILE *traces,
                     struct verdict_count *count)
{
    char dir[1024];
    struct story *story = calloc(1, sizeof *story);
    int result = story ? scratch_folder(cli, dir, sizeof dir) : -E_NO_MEMORY;
    if (result < 0) {
        free(story);
        return result;
    }
    story->cli = cli;
    story->file = file;
    result = story_play(story, yaml_root(file), node, dir);
    count->cases++;
    count->failed += result == -E_NOT_AS_EXPECTED;
    if (result == -E_NOT_AS_EXPECTED)
        printf("  the story went\n%s", story->trace_text);
    else if (result == 0 && !cli->quiet && !option_given(&cli->arguments, "trace"))
        printf("ok  %s\n", story->case_name);
    if (result == 0 || result == -E_NOT_AS_EXPECTED)
        fprintf(traces, "== %s\n%s", story->case_name, story->trace_text);
    if (result == -E_BAD_INPUT_FILE)
        result = cli_fail(cli, result, "%s", file->message);
    story_end(story);
    free(story);
    tree_remove(dir);
    return result;
}

static int cases_play(struct cli *cli, struct yaml_file *file, FILE *traces, struct verdict_count *count)
{
    static const char *const known[] = {"about", "policy", "roster", "cases"};
    yaml_node_t *root = yaml_root(file), *cases = yaml_value(file, root, "cases");
    int result = yaml_keys_known(file, root, known, sizeof known / sizeof known[0], "the file");
    if (result == 0 && (!cases || cases->type != YAML_SEQUENCE_NODE || yaml_items(cases) == 0))
        result = yaml_refuse(file, root, "the file needs a list of `cases`");
    if (result < 0)
        return cli_fail(cli, result, "%s", file->message);
    int failed = 0;
    for (uint32_t i = 0; i < yaml_items(cases); i++) {
        result = case_play(cli, file, yaml_node(file, cases->data.sequence.items.start[i]), traces, count);
        if (result == -E_NOT_AS_EXPECTED)
            failed = result;
        else if (result < 0)
            return result;
    }
    return failed;
}

static int file_play(struct cli *cli, const char *path, struct verdict_count *count)
{
    struct yaml_file file;
    char *text = NULL;
    size_t len = 0;
    FILE *traces = open_memstream(&text, &len);
    int result = yaml_file_open(path, &file);
    if (result < 0)
        cli_fail(cli, result, "%s", file.message);
    else
        result = traces ? cases_play(cli, &file, traces, count) : -E_NO_MEMORY;
    if (traces)
        fclose(traces);
    if (option_given(&cli->arguments, "trace") && text)
        fputs(text, stdout);
    else if (result == 0)
        result = trace_compare(path, text, len, count);
    free(text);
    yaml_file_close(&file);
    return result;
}

int policy_test(struct cli *cli)
{
    struct verdict_count count = {0};
    int failed = 0;
    if (cli->arguments.operand_count < 2)
        return cli_fail(cli, -E_USAGE, "policy test takes files of cases, such as tests/scenarios/ladder.yaml");
    for (uint32_t i = 1; i < cli->arguments.operand_count; i++) {
        int result = file_play(cli, cli->arguments.operand[i], &count);
        if (result < 0 && result != -E_NOT_AS_EXPECTED)
            return result;
        failed = failed < 0 ? failed : result;
    }
    if (cli->json)
        printf("{\"cases\":%u,\"failed\":%u}\n", count.cases, count.failed);
    else if (!cli->quiet && !option_given(&cli->arguments, "trace"))
        printf("%u of %u as expected\n", count.cases - count.failed, count.cases);
    return failed < 0 ? cli_fail(cli, failed, "%u of %u cases", count.failed, count.cases) : 0;
}
