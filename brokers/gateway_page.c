/*
 * gateway_page.c - the few pages that need no script: logging in, acknowledging by a link. In English and Chinese.
 */
#include "brokers/gateway_parts.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *en, *zh;
} texts[] = {
    [PAGE_LOGIN] = {"Log in", "登录"},
    [PAGE_HOME] = {"You are logged in", "已登录"},
    [PAGE_BUSY] = {"Too many tries. Wait, then try again.", "尝试次数过多，请稍后再试。"},
    [PAGE_REFUSED] = {"Name or password is wrong.", "姓名或密码错误。"},
    [PAGE_ASK] = {"Have you seen this notice?", "您看到这条通知了吗？"},
    [PAGE_ACKNOWLEDGED] = {"Acknowledged. It is not repeated to you any more.", "已确认，不再重复提醒。"},
    [PAGE_SEEN_BEFORE] = {"Nothing to do: somebody acknowledged it before, or it has ended.",
                          "无需处理：已有人确认，或已结束。"},
    [PAGE_USED] = {"This link was used before: it is good for once.", "此链接已使用过，只能使用一次。"},
    [PAGE_EXPIRED] = {"This link has expired.", "此链接已过期。"},
    [PAGE_FORGED] = {"This link is not one of ours. Open it exactly as it was sent.",
                     "链接无效，请完整打开收到的链接。"},
};

/* What the dashboard is drawn with. The script only chooses the theme: without it a page is light. */
static const char head[] =
    "<meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    "<meta name=\"robots\" content=\"noindex\">"
    "<link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">"
    "<link rel=\"stylesheet\" href=\"/style/tokens.css\">"
    "<link rel=\"stylesheet\" href=\"/style/base.css\">"
    "<link rel=\"stylesheet\" href=\"/style/plain.css\"><script src=\"/lib/early.js\"></script>";

static bool is_chinese(struct gateway *gateway, const struct http_request *request)
{
    char language[8];
    int result = form_field(request->query, "lang", language, sizeof language);
    if (result == 0)
        return strcmp(language, "zh") == 0;
    return span_starts(http_header(gateway->http, request->id, "Accept-Language"), "zh");
}

static void escape_print(FILE *to, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.at[i]) {
        case '&':
            fputs("&amp;", to);
            break;
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        case '\'':
            fputs("&#39;", to);
            break;
        default:
            fputc(text.at[i], to);
        }
    }
}

static void login_form(FILE *to, bool zh)
{
    fprintf(
        to,
        "<form method=\"post\" action=\"/login?lang=%s\"><label>%s<input name=\"name\" autocomplete=\"username\" required "
        "maxlength=\"64\"></label><label>%s<input name=\"password\" type=\"password\" "
        "autocomplete=\"current-password\" required maxlength=\"256\"></label><button class=\"primary\">%s</button></form>",
        zh ? "zh" : "en", zh ? "工号" : "Staff number", zh ? "密码" : "Password", zh ? "登录" : "Log in");
}

static void path_print(FILE *to, struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char byte = (char)name.at[i];
        bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
                     byte == '-' || byte == '.' || byte == '_';
        fprintf(to, plain ? "%c" : "%%%02X", name.at[i]);
    }
}

static struct span text_of(struct span card, const char *key)
{
    struct wire_value value;
    struct span bytes;
    bool text = wire_find(card, key, &value, &bytes) == 0 && value.kind == WIRE_STR;
    return text ? value.bytes : span_make(NULL, 0);
}

static void notice_print(FILE *to, struct span card, const char *csrf, bool zh)
{
    static const char *const shown[] = {"about", "store", "department", "grade", "clock"};
    struct wire_value percent;
    struct span bytes;
    fputs("<form method=\"post\" action=\"/v1/escalations/", to);
    path_print(to, text_of(card, "id"));
    fputs("/acknowledge\"><p>", to);
    escape_print(to, text_of(card, "id"));
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        struct span text = text_of(card, shown[i]);
        fputs(i == 0 ? "<br>" : text.len > 0 ? " · " : "", to);
        escape_print(to, text);
    }
    if (wire_find(card, "rung_percent", &percent, &bytes) == 0 && percent.kind == WIRE_UINT)
        fprintf(to, " · %llu %%", (unsigned long long)percent.natural);
    fprintf(to, "</p><input type=\"hidden\" name=\"csrf\" value=\"%s\"><button class=\"primary\">%s</button></form>",
            csrf, zh ? "确认收到" : "Acknowledge");
}

static void notices_print(FILE *to, const struct page *page, bool zh)
{
    struct wire_reader reader = wire_reader(page->notices);
    struct wire_value array = {0};
    struct span card;
    if (page->notices.len > 0)
        wire_read(&reader, &array);
    fprintf(to, "<h2>%s</h2>",
            array.count > 0 ? (zh ? "等待您确认的通知" : "Notices that wait for you")
                            : (zh ? "没有等待您确认的通知" : "No notice waits for you"));
    for (uint32_t i = 0; i < array.count && wire_skip(&reader, 16, &card) == 0; i++)
        notice_print(to, card, page->csrf, zh);
}

static void body_print(FILE *to, const struct page *page, bool zh)
{
    if (page->about.len > 0) {
        fputs("<p>", to);
        escape_print(to, page->about);
        fputs(page->person.len > 0 ? " · " : "", to);
        escape_print(to, page->person);
        fputs("</p>", to);
    }
    if (page->minutes > 0)
        fprintf(to, zh ? "<p>%lld 分钟后可再试。</p>" : "<p>You may try again in %lld min.</p>",
                (long long)page->minutes);
    if (page->text == PAGE_LOGIN || page->text == PAGE_REFUSED)
        login_form(to, zh);
    if (page->text == PAGE_ASK)
        fprintf(to, "<form method=\"post\"><button class=\"primary\" autofocus>%s</button></form>",
                zh ? "确认收到" : "Acknowledge");
    if (page->lists)
        notices_print(to, page, zh);
    if (page->csrf)
        fprintf(to,
                "<form method=\"post\" action=\"/logout\"><input type=\"hidden\" name=\"csrf\" value=\"%s\">"
                "<button>%s</button></form>",
                page->csrf, zh ? "退出" : "Log out");
}

static void brand_print(FILE *to, const struct page *page, bool zh)
{
    bool can_switch = page->text == PAGE_LOGIN || page->text == PAGE_REFUSED;
    fprintf(to, "<header class=\"plain-brand\"><img src=\"/icon.svg\" alt=\"\">%s", zh ? "满意" : "Manyi");
    if (can_switch)
        fprintf(to, "<a href=\"/login?lang=%s\" lang=\"%s\">%s</a>", zh ? "en" : "zh", zh ? "en" : "zh-CN",
                zh ? "English" : "中文");
    fputs("</header>", to);
}

void page_send(struct gateway *gateway, const struct http_request *request, const struct page *page)
{
    bool zh = is_chinese(gateway, request);
    const char *title = zh ? texts[page->text].zh : texts[page->text].en;
    char *text = NULL, seconds[24];
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);
    if (!to) {
        answer_problem(gateway, request, -E_NO_MEMORY, "", "");
        return;
    }
    fprintf(to, "<!doctype html><html lang=\"%s\">%s<title>Manyi · %s</title>", zh ? "zh-CN" : "en", head, title);
    fprintf(to, "<body lang=\"%s\">", zh ? "zh-CN" : "en"); /* whatever language was chosen in the dashboard */
    brand_print(to, page, zh);
    fprintf(to, "<main><h1>%s</h1>", title);
    if (page->text == PAGE_LOGIN || page->text == PAGE_REFUSED)
        fputs("<script src=\"/lib/back.js\"></script>", to);
    body_print(to, page, zh);
    fputs("</main></body></html>\n", to);
    if (fclose(to) == 0) {
        struct http_answer answer = {
            .status = page->status, .type = "text/html; charset=utf-8", .body = span_make(text, len)};
        if (page->minutes > 0) {
            snprintf(seconds, sizeof seconds, "%lld", (long long)page->minutes * 60);
            answer.field[answer.field_count++] = (struct http_field){"Retry-After", seconds};
        }
        answer_send(gateway, request, &answer);
    } else {
        answer_problem(gateway, request, -E_NO_MEMORY, "", "");
    }
    free(text);
}
