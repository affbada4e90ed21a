/*
 * publish.c - `manyi publish`: files into the journal, each event exactly once, each refusal with its line.
 */
#include "cli/commands.h"
#include "cli/import.h"
#include "cli/text.h"
#include "clients/c/manyi.h"
#include "core/status.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SILENCE_MAX_MS 15000
#define PROGRESS_MS 200

struct publishing {
    struct cli *cli;
    struct manyi_publisher *publisher; /* NULL: a dry run */
    uint64_t events, accepted, duplicates, refused;
    uint64_t answered;
    int64_t shown_ms; /* progress */
    bool terminal;
    bool progress_line;
    bool fenced;
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char *file_name(const struct publishing *publishing, uint64_t index)
{
    const struct arguments *arguments = &publishing->cli->arguments;
    const char *name = arguments->operand_count ? arguments->operand[index] : "-";
    return strcmp(name, "-") == 0 ? "stdin" : name;
}

/* A token is the file's index and the line's number. */
static uint64_t token_of(uint32_t file, uint64_t line)
{
    return (uint64_t)file << 48 | (line & 0xffffffffffffull);
}

static void progress_show(struct publishing *publishing, bool last)
{
    int64_t ms = now_ms();
    if (!publishing->terminal || (!last && ms - publishing->shown_ms < PROGRESS_MS))
        return;
    publishing->shown_ms = ms;
    fprintf(stderr, "\r\033[K%llu read, %llu answered, %llu refused%s", (unsigned long long)publishing->events,
            (unsigned long long)publishing->answered, (unsigned long long)publishing->refused, last ? "\n" : "");
    publishing->progress_line = !last;
}

/* A sentence may quote the file, whose words may not steer the terminal. */
static void refuse(struct publishing *publishing, uint64_t token, int status, const char *field, const char *message)
{
    char clean[IMPORT_MESSAGE_MAX], clean_field[IMPORT_MESSAGE_MAX];
    text_clean(span_of(message[0] ? message : status_text(status)->summary), clean, sizeof clean);
    text_clean(span_of(field), clean_field, sizeof clean_field);
    publishing->refused++;
    if (publishing->progress_line)
        fputs("\r\033[K", stderr);
    publishing->progress_line = false;
    fprintf(stderr, "%s:%llu: %s %s%s%s\n", file_name(publishing, token >> 48),
            (unsigned long long)(token & 0xffffffffffffull), status_text(status)->code, clean_field,
            field[0] ? ": " : "", clean);
}

static void on_result(void *context, const struct manyi_result *result)
{
    struct publishing *publishing = context;
    publishing->answered++;
    if (result->status < 0)
        refuse(publishing, result->token, result->status, result->field ? result->field : "",
               result->message ? result->message : "");
    else if (result->duplicate)
        publishing->duplicates++;
    else
        publishing->accepted++;
}

static void on_fenced(void *context)
{
    struct publishing *publishing = context;
    publishing->fenced = true;
}

static int publisher_open(struct publishing *publishing)
{
    struct cli *cli = publishing->cli;
    struct manyi *manyi = NULL;
    struct span pong;
    char endpoint[ENDPOINT_MAX], instance[64];
    static const uint8_t nothing[] = {0x80};
    int result = cli_ask(cli, CLI_INTAKE, "PING", span_make(nothing, sizeof nothing), "PONG", 0, &pong);
    if (result == 0)
        result = cli_manyi(cli, &manyi);
    if (result < 0)
        return result;
    snprintf(instance, sizeof instance, "manyi-publish-%ld", (long)getpid());
    bool session = option_given(&cli->arguments, "session");
    struct manyi_publisher_options options = {
        .endpoint = cli_endpoint(cli, CLI_INTAKE, endpoint),
        .source = session ? option_text(&cli->arguments, "source") : NULL,
        .instance = session ? instance : NULL,
        .on_result = on_result,
        .on_fenced = on_fenced,
        .context = publishing,
    };
    result = manyi_publisher_open(manyi, &options, &publishing->publisher);
    return result < 0 ? cli_fail(cli, result, "%s", endpoint) : 0;
}

static int not_answered(struct publishing *publishing)
{
    char endpoint[ENDPOINT_MAX];
    return cli_fail(publishing->cli, -E_UNREACHABLE,
                    "%s; %llu events were not answered, publish again: none will count twice",
                    cli_endpoint(publishing->cli, CLI_INTAKE, endpoint),
                    (unsigned long long)manyi_publisher_pending(publishing->publisher));
}

/* Hands the event over, making room in the window first when it is full. */
static int event_send(struct publishing *publishing, struct span event, uint64_t token)
{
    int64_t heard_ms = now_ms();
    for (;;) {
        uint64_t before = publishing->answered;
        int result = manyi_publish(publishing->publisher, event.at, event.len, token);
        if (result == -E_TOO_LARGE) {
            refuse(publishing, token, result, "", "");
            return 0;
        }
        if (publishing->fenced)
            return cli_fail(publishing->cli, -E_FENCED, "%s", option_text(&publishing->cli->arguments, "source"));
        if (result != -E_AGAIN)
            return result < 0 ? cli_fail(publishing->cli, result, "%s", manyi_error_text(result)) : 0;
        result = manyi_publisher_turn(publishing->publisher, 100);
        if (result < 0 && result != -E_AGAIN)
            return cli_fail(publishing->cli, result, "%s", manyi_error_text(result));
        progress_show(publishing, false);
        if (publishing->answered != before)
            heard_ms = now_ms();
        else if (now_ms() - heard_ms > SILENCE_MAX_MS)
            return not_answered(publishing);
    }
}

static int event_take(struct publishing *publishing, struct span event, uint64_t token)
{
    if (publishing->publisher)
        return event_send(publishing, event, token);
    struct event decoded;
    struct flaw flaw;
    int result = event_decode(event, &decoded, &flaw);
    publishing->answered++;
    if (result < 0)
        refuse(publishing, token, result, flaw.field, flaw.message);
    else
        publishing->accepted++;
    return 0;
}

/* Columns that no field has are kept, as unknown fields are; whoever misspelt one should know. */
static void columns_warn(const struct import *import, const char *type)
{
    const char *unknown =
        import->table && type ? import_csv_unknown(import->table, event_type_of(span_of(type))) : NULL;
    if (!unknown)
        return;
    const struct record_table *record = event_table(event_type_of(span_of(type)))->record;
    const char *names[64];
    uint32_t count = 0;
    for (; record && count < record->field_count && count < 64; count++)
        names[count] = record->fields[count].name;
    const char *meant = nearest_word(unknown, names, count);
    char clean[IMPORT_MESSAGE_MAX];
    text_clean(span_of(unknown), clean, sizeof clean);
    fprintf(stderr, "manyi: column %s is no field of %s: kept, but it counts nowhere%s%s%s\n", clean, type,
            meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "");
}

/* Whoever feeds a pipe slowly wants each line on disk, not only the last of many. */
static int pipe_idle(struct publishing *publishing, int fd)
{
    struct pollfd waited = {.fd = fd, .events = POLLIN};
    int result = 0;
    while ((result == 0 || result == -E_AGAIN) && manyi_publisher_pending(publishing->publisher) > 0 &&
           poll(&waited, 1, 0) == 0) {
        result = manyi_publisher_turn(publishing->publisher, 20);
        progress_show(publishing, false);
    }
    return result < 0 && result != -E_AGAIN ? cli_fail(publishing->cli, result, "%s", manyi_error_text(result)) : 0;
}

static int file_publish(struct publishing *publishing, struct import *import, uint32_t index, const char *type)
{
    bool warned = false;
    struct stat about;
    int fd = fileno(import->text.file);
    bool is_pipe = publishing->publisher && (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode));
    for (;;) {
        struct span event;
        uint64_t line;
        char message[IMPORT_MESSAGE_MAX];
        int result = is_pipe ? pipe_idle(publishing, fd) : 0;
        if (result < 0)
            return result;
        result = import_next(import, &event, &line, message);
        if (result == -E_NOT_FOUND)
            return 0;
        if (result == -E_NO_MEMORY)
            return result;
        if (!warned)
            columns_warn(import, type);
        warned = true;
        publishing->events++;
        uint64_t token = token_of(index, line);
        if (result < 0)
            refuse(publishing, token, result, "", message);
        else if ((result = event_take(publishing, event, token)) < 0)
            return result;
        progress_show(publishing, false);
    }
}

static int files_publish(struct publishing *publishing)
{
    struct cli *cli = publishing->cli;
    const char *source;
    int result = cli_source(cli, "/manyi/publish", &source);
    if (result < 0)
        return result;
    const struct import_options options = {
        .source = option_given(&cli->arguments, "source") ? option_text(&cli->arguments, "source") : source,
        .type = option_text(&cli->arguments, "type"),
        .historical = option_given(&cli->arguments, "historical"),
    };
    uint32_t files = cli->arguments.operand_count ? cli->arguments.operand_count : 1;
    for (uint32_t i = 0; i < files; i++) {
        const char *path = cli->arguments.operand_count ? cli->arguments.operand[i] : "-";
        bool is_stdin = strcmp(path, "-") == 0;
        FILE *file = is_stdin ? stdin : fopen(path, "rbe");
        if (!file) {
            bool crowded = errno == EMFILE || errno == ENFILE;
            return cli_fail(cli,
                            errno == ENOENT ? -E_NO_INPUT_FILE
                            : crowded       ? -E_NO_DESCRIPTORS
                                            : -E_IO,
                            "%s: %s", path, strerror(errno));
        }
        struct import *import = NULL;
        result = import_open(file, path, &options, &import);
        if (result == 0)
            result = file_publish(publishing, import, i, options.type);
        bool unreadable = ferror(file) != 0;
        import_close(import);
        if (!is_stdin)
            fclose(file);
        if (result == 0 && unreadable)
            result = cli_fail(cli, -E_IO, "%s: %s", path, strerror(EIO));
        if (result < 0)
            return result;
    }
    return 0;
}

static void summary_print(struct publishing *publishing, bool dry_run)
{
    if (publishing->cli->json) {
        printf("{\"events\":%llu,\"accepted\":%llu,\"duplicates\":%llu,\"refused\":%llu,\"dry_run\":%s}\n",
               (unsigned long long)publishing->events, (unsigned long long)publishing->accepted,
               (unsigned long long)publishing->duplicates, (unsigned long long)publishing->refused,
               dry_run ? "true" : "false");
        return;
    }
    if (dry_run)
        printf("%llu would be accepted, %llu refused; nothing was sent\n", (unsigned long long)publishing->accepted,
               (unsigned long long)publishing->refused);
    else
        printf("%llu accepted, %llu duplicates, %llu refused\n", (unsigned long long)publishing->accepted,
               (unsigned long long)publishing->duplicates, (unsigned long long)publishing->refused);
}

/* Checks what the options say about each other. */
static int options_check(struct cli *cli)
{
    const char *type = option_text(&cli->arguments, "type");
    if (option_given(&cli->arguments, "session") && !option_given(&cli->arguments, "source"))
        return cli_fail(cli, -E_USAGE, "--session needs --source: a session belongs to one");
    if (!type || event_type_of(span_of(type)) != EVENT_unknown)
        return 0;
    const char *types[EVENT_count];
    uint32_t count = 0;
    for (enum event_type i = EVENT_unknown + 1; i < EVENT_count; i++) {
        if (event_table(i)->class == CLASS_FACT)
            types[count++] = event_table(i)->type;
    }
    const char *meant = nearest_word(type, types, count);
    return cli_fail(cli, -E_USAGE, "--type %.64s is unknown%s%s%s", type, meant ? "; did you mean " : "",
                    meant ? meant : "", meant ? "?" : "");
}

int command_publish(struct cli *cli)
{
    bool dry_run = option_given(&cli->arguments, "dry-run");
    struct publishing publishing = {.cli = cli, .terminal = isatty(STDERR_FILENO) && !cli->quiet};
    int result = options_check(cli);
    if (result == 0 && !dry_run)
        result = publisher_open(&publishing);
    if (result == 0)
        result = files_publish(&publishing);
    if (publishing.publisher) {
        int flushed = manyi_publisher_flush(publishing.publisher, SILENCE_MAX_MS);
        if (result == 0 && flushed < 0)
            result = publishing.fenced ? cli_fail(cli, -E_FENCED, "%s", option_text(&cli->arguments, "source"))
                     : flushed == -E_UNREACHABLE ? not_answered(&publishing)
                                                 : cli_fail(cli, flushed, "%s", manyi_error_text(flushed));
        manyi_publisher_close(publishing.publisher);
    }
    if (publishing.progress_line)
        progress_show(&publishing, true);
    if (publishing.events > 0 || result == 0)
        summary_print(&publishing, dry_run);
    if (result == 0 && publishing.refused > 0)
        return cli_fail(cli, -E_BAD_INPUT_FILE, "%llu of %llu events were refused",
                        (unsigned long long)publishing.refused, (unsigned long long)publishing.events);
    return result;
}
