/*
 * gateway_asset.c - the files that pages are made of, from the binary; asked for again only whether they are still the same.
 */
#include "brokers/gateway_parts.h"
#include "web/assets.h"

static const struct asset *asset_find(struct span path)
{
    size_t first = 0, end = assets_count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        struct span other = span_of(assets[middle].path);
        int order = memcmp(path.at, other.at, path.len < other.len ? path.len : other.len);
        if (order == 0 && path.len == other.len)
            return &assets[middle];
        if (order < 0 || (order == 0 && path.len < other.len))
            end = middle;
        else
            first = middle + 1;
    }
    return NULL;
}

bool asset_send(struct gateway *gateway, const struct http_request *request, struct span path)
{
    const struct asset *asset = asset_find(path);
    if (!asset)
        return false;
    bool same = tag_among(http_header(gateway->http, request->id, "If-None-Match"), asset->etag);
    bool packed = !same && tag_among(http_header(gateway->http, request->id, "Accept-Encoding"), "gzip");
    struct http_answer answer = {
        .status = same ? 304 : 200,
        .type = asset->type,
        .body = packed ? span_make(asset->gzip, asset->gzip_len) : span_make(asset->plain, same ? 0 : asset->plain_len),
        .field = {{"Cache-Control", "no-cache"}, {"ETag", asset->etag}, {"Vary", "Accept-Encoding"}},
        .field_count = 3,
    };
    if (packed)
        answer.field[answer.field_count++] = (struct http_field){"Content-Encoding", "gzip"};
    answer_send(gateway, request, &answer);
    return true;
}
