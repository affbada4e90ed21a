/*
 * gateway_cloud.c - CloudEvents 1.0: structured ones, of a batch, too, and binary ones, whose attributes are headers. Both become the
 * same map, with `data` as an object and every attribute kept.
 *
 *   structured  {"specversion":"1.0","id":…,"data":{…}}                    as it is
 *               {"specversion":"1.0","id":…,"data_base64":"eyJ9"}          data read out of it, by its datacontenttype
 *   binary      ce-specversion: 1.0 · ce-id: … · Content-Type of the data  attributes out of the head, data out of the body
 *
 * Sources: the JSON format 1.0.2, 3.1; the HTTP binding 1.0.2, 3.1 (header values have percent signs, and may be quoted).
 */
#include "brokers/gateway_parts.h"
#include "io/json.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define ATTRIBUTES_MAX 64u
#define ATTRIBUTE_NAME_MAX 64u
#define PREFIX "ce-"
#define VERSION "1.0"
#define DATA_DEPTH_MAX 64u
#define NATURAL_DIGITS_MAX 16u

static int fault(struct flaw *flaw, int status, const char *field, const char *message)
{
    flaw->status = status;
    snprintf(flaw->field, sizeof flaw->field, "%s", field);
    snprintf(flaw->message, sizeof flaw->message, "%s", message);
    return status;
}

/* The data's bytes as what their type says they are. */
static int data_read(struct span type, struct span bytes, struct wire_writer *writer, const char *field,
                     struct flaw *flaw)
{
    char message[JSON_MESSAGE_MAX] = "";
    struct span value;
    enum media media = media_read(type);
    if (media == MEDIA_MSGPACK) {
        struct wire_reader reader = wire_reader(bytes);
        int status = wire_skip(&reader, DATA_DEPTH_MAX, &value);
        if (status < 0 || reader.at != reader.end)
            return fault(flaw, status < 0 ? status : -E_MALFORMED, field, "it is not one MessagePack value");
        wire_raw(writer, value);
        return 0;
    }
    if (media != MEDIA_JSON && media != MEDIA_JSON_KIND && media != MEDIA_NONE)
        return fault(flaw, -E_MEDIA_TYPE, "datacontenttype",
                     "data is an object, in JSON (UTF-8) or application/vnd.msgpack");
    int status = json_to_wire(bytes, writer, message);
    return status < 0 ? fault(flaw, status, field, message) : 0;
}

/* ---- structured ---- */

static int version_check(struct span version, bool has, struct flaw *flaw)
{
    if (!has)
        return fault(flaw, -E_MISSING_FIELD, "specversion", "It is missing; \"1.0\" is allowed.");
    return span_is(version, VERSION) ? 0 : fault(flaw, -E_UNKNOWN_CHOICE, "specversion", "Only \"1.0\" is allowed.");
}

static int base64_read(struct gateway *gateway, struct span map, struct span text, struct wire_writer *writer,
                       struct flaw *flaw)
{
    struct wire_value type;
    struct span bytes;
    size_t len;
    bool typed = wire_find(map, "datacontenttype", &type, &bytes) == 0 && type.kind == WIRE_STR;
    if (sodium_base642bin(gateway->unpacked, sizeof gateway->unpacked, (const char *)text.at, text.len, NULL, &len,
                          NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return fault(flaw, -E_MALFORMED, "data_base64", "It is not base64 (RFC 4648, 4, with its padding).");
    return data_read(typed ? type.bytes : span_make(NULL, 0), span_make(gateway->unpacked, len), writer, "data_base64",
                     flaw);
}

int cloud_read(struct gateway *gateway, struct span map, struct wire_writer *writer, struct flaw *flaw)
{
    struct wire_value header, key, version, packed, data;
    struct span bytes;
    struct wire_reader reader = wire_reader(map);
    bool has_version = wire_find(map, "specversion", &version, &bytes) == 0;
    int status =
        version_check(has_version && version.kind == WIRE_STR ? version.bytes : span_make(NULL, 0), has_version, flaw);
    if (status < 0)
        return status;
    bool has_packed = wire_find(map, "data_base64", &packed, &bytes) == 0 && packed.kind != WIRE_NIL;
    if (has_packed && wire_find(map, "data", &data, &bytes) == 0)
        return fault(flaw, -E_DUPLICATE_KEY, "data_base64", "There is data, too; only one of the two is allowed.");
    if (has_packed && packed.kind != WIRE_STR)
        return fault(flaw, -E_WRONG_TYPE, "data_base64", "It is not text; base64 is allowed.");
    if (!has_packed) {
        wire_raw(writer, map);
        return 0;
    }
    wire_read(&reader, &header);
    wire_map(writer, header.count);
    for (uint32_t i = 0; i < header.count && status == 0; i++) {
        if (wire_read(&reader, &key) < 0 || wire_skip(&reader, DATA_DEPTH_MAX, &bytes) < 0)
            return fault(flaw, -E_MALFORMED, "", "it is no map");
        bool is_data = span_is(key.bytes, "data_base64");
        wire_text(writer, is_data ? span_of("data") : key.bytes);
        if (is_data)
            status = base64_read(gateway, map, packed.bytes, writer, flaw);
        else
            wire_raw(writer, bytes);
    }
    return status;
}

/* ---- binary ---- */

struct attributes {
    struct {
        char name[ATTRIBUTE_NAME_MAX + 1];
        struct span value; /* as it came */
    } row[ATTRIBUTES_MAX];
    uint32_t count;
    struct flaw *flaw;
};

static bool is_name(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!isascii(text.at[i]) || !isalnum(text.at[i]))
            return false;
    }
    return text.len > 0 && text.len <= ATTRIBUTE_NAME_MAX;
}

static const struct span *attribute_find(const struct attributes *attributes, const char *name)
{
    for (uint32_t i = 0; i < attributes->count; i++) {
        if (strcmp(attributes->row[i].name, name) == 0)
            return &attributes->row[i].value;
    }
    return NULL;
}

static int attribute_take(void *context, struct span header, struct span value)
{
    struct attributes *attributes = context;
    struct span name = span_make(header.at + strlen(PREFIX), header.len - strlen(PREFIX));
    char lower[ATTRIBUTE_NAME_MAX + 1] = "";
    if (!is_name(name))
        return fault(attributes->flaw, -E_BAD_KEY, "", "the name of a ce- header has letters and digits, at most 64");
    for (size_t i = 0; i < name.len; i++)
        lower[i] = (char)tolower(name.at[i]);
    if (attribute_find(attributes, lower) || strcmp(lower, "data") == 0 || strcmp(lower, "datacontenttype") == 0)
        return fault(attributes->flaw, -E_DUPLICATE_KEY, lower,
                     strncmp(lower, "data", 4) == 0 ? "The body and its Content-Type say it; no ce- header does."
                                                    : "Its header is said twice; once is allowed.");
    if (attributes->count == ATTRIBUTES_MAX)
        return fault(attributes->flaw, -E_TOO_MANY_ITEMS, "", "an event has at most 64 ce- headers");
    memcpy(attributes->row[attributes->count].name, lower, sizeof lower);
    attributes->row[attributes->count++].value = value;
    return 0;
}

bool cloud_is_binary(const struct gateway *gateway, const struct http_request *request)
{
    static const char *const names[] = {"ce-specversion", "ce-id", "ce-source", "ce-type"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (http_header(gateway->http, request->id, names[i]).at)
            return true;
    }
    return false;
}

/* The one attribute that is a number; headers are text. What is none is written as text, for intake to refuse. */
static bool natural_write(const char *text, size_t len, struct wire_writer *writer)
{
    uint64_t natural = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        natural = natural * 10 + (uint64_t)(text[i] - '0');
    }
    if (len == 0 || len > NATURAL_DIGITS_MAX)
        return false;
    wire_natural(writer, natural);
    return true;
}

/* "\"a\\\"b\"" is a"b; then percent signs. */
static int attribute_write(const char *name, struct span value, struct wire_writer *writer)
{
    char plain[HTTP_HEAD_MAX], text[HTTP_HEAD_MAX];
    size_t len = 0;
    bool quoted = value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"';
    struct span inner = quoted ? span_make(value.at + 1, value.len - 2) : value;
    for (size_t i = 0; i < inner.len && len < sizeof plain; i++) {
        if (quoted && inner.at[i] == '\\' && i + 1 < inner.len)
            i++;
        plain[len++] = (char)inner.at[i];
    }
    int status = percent_read(span_make(plain, len), false, text, sizeof text, &len);
    bool number = status == 0 && strcmp(name, "ifseq") == 0 && natural_write(text, len, writer);
    if (status == 0 && !number)
        wire_text(writer, span_make(text, len));
    return status;
}

int cloud_binary_read(struct gateway *gateway, const struct http_request *request, struct wire_writer *writer,
                      struct flaw *flaw)
{
    struct attributes attributes = {.flaw = flaw};
    struct span type = http_header(gateway->http, request->id, "Content-Type");
    int status = http_headers(gateway->http, request->id, PREFIX, attribute_take, &attributes);
    if (status < 0)
        return status;
    const struct span *version = attribute_find(&attributes, "specversion");
    status = version_check(version ? *version : span_make(NULL, 0), version != NULL, flaw);
    if (status < 0)
        return status;
    bool has_data = request->body.len > 0;
    wire_map(writer, attributes.count + has_data + (has_data && type.len > 0));
    for (uint32_t i = 0; i < attributes.count; i++) {
        wire_key(writer, attributes.row[i].name);
        if (attribute_write(attributes.row[i].name, attributes.row[i].value, writer) < 0)
            return fault(flaw, -E_BAD_UTF8, attributes.row[i].name,
                         "A header's value is text in ASCII; what is none comes as percent signs of its UTF-8.");
    }
    if (has_data && type.len > 0) {
        uint32_t characters;
        wire_key(writer, "datacontenttype");
        if (utf8_count(type, &characters) < 0)
            return fault(flaw, -E_BAD_UTF8, "datacontenttype", "It is no UTF-8.");
        wire_text(writer, type);
    }
    if (!has_data)
        return 0;
    wire_key(writer, "data");
    return data_read(type, request->body, writer, "data", flaw);
}
