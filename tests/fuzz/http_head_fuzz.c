/* SPDX-License-Identifier: MIT
 * The strict check of a request's head. The input is laid out as libmicrohttpd leaves a
 * head in its buffer: lines may end in CR LF or a bare LF, and NUL bytes stand where the
 * parser cut; blanks before a value are skipped, those after it are kept. A head that
 * passes is read again here from the bytes as they were sent: it must be one that RFC
 * 9112 allows. */
#include "gateway/http_head.h"
#include "tests/fuzz/support/fuzz.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FIELDS = 8, HEAD_MOST = 4096, HEAD_ROOM = HEAD_MOST + 8 };

static const struct gw_http_limits limits = {
    .header_bytes = 600, .line_bytes = 80, .header_count = FIELDS};

/* A head as it was sent, and as the parser left it. */
struct sent {
    char raw[HEAD_ROOM];
    char cut[HEAD_ROOM];
    char target[HEAD_ROOM];
    size_t size;
    struct gw_head_field fields[FIELDS];
    struct gw_head head;
};

/* Where a line ends and where the next begins; the LF may stand alone. */
static char *line_end(char *at, char *end, char **next)
{
    char *lf = memchr(at, '\n', (size_t)(end - at));
    if (lf == NULL)
        return NULL;
    *next = lf + 1;
    char *stop = lf > at && lf[-1] == '\r' ? lf - 1 : lf;
    memset(stop, 0, (size_t)(*next - stop));
    return stop;
}

/* METHOD SP TARGET SP VERSION; 0 when a parser would have refused it by itself. */
static int cut_line(struct sent *s, char *end, char **next)
{
    char *stop = line_end(s->cut, end, next);
    char *first = stop ? memchr(s->cut, ' ', (size_t)(stop - s->cut)) : NULL;
    char *last = first ? memrchr(first + 1, ' ', (size_t)(stop - first - 1)) : NULL;
    if (last == NULL || first == s->cut)
        return 0;
    *first = *last = '\0';
    s->head.method = s->cut;
    s->head.target = first + 1;
    s->head.target_size = strlen(first + 1);
    memcpy(s->target, first + 1, s->head.target_size + 1);
    s->head.text = s->target;
    s->head.version = last + 1;
    return strcmp(last + 1, "HTTP/1.1") == 0 || strcmp(last + 1, "HTTP/1.0") == 0;
}

static int cut_field(struct sent *s, char *line, const char *stop)
{
    char *colon = memchr(line, ':', (size_t)(stop - line));
    if (colon == NULL)
        return 0;
    char *value = colon + 1;
    while (value < stop && (*value == ' ' || *value == '\t'))
        value++;
    *colon = '\0';
    /* What is read as C strings ends at the first NUL. */
    size_t name = strlen(line), size = strlen(value);
    if (s->head.count == FIELDS)
        s->head.overflow = 1;
    else
        s->fields[s->head.count++] = (struct gw_head_field){line, name, value, size};
    return 1;
}

static int lay_out(struct sent *s)
{
    char *end = s->cut + s->size, *next = s->cut, *line;
    memset(&s->head, 0, sizeof s->head);
    if (!cut_line(s, end, &next))
        return 0;
    for (;;) {
        line = next;
        char *stop = line < end ? line_end(line, end, &next) : NULL;
        if (stop == NULL)
            return 0;
        if (stop == line)
            break;
        if (!cut_field(s, line, stop))
            return 0;
    }
    s->head.size = (size_t)(next - s->cut);
    s->head.fields = s->fields;
    return 1;
}

/* -- What RFC 9112 says of the bytes that passed ----------------------------------------
 */

/* The parser puts NUL bytes over CR LF, so that a NUL and a bare LF at the end of a line,
 * or two of each at the end of the head, cannot be told from it afterwards: they count as
 * the line ends that they pass for. */
static void restore_ends(struct sent *s)
{
    char *last = s->raw + s->head.size - 4;
    if (s->head.size >= 4 && memcmp(last, "\0\0\n\n", 4) == 0)
        memcpy(last, "\r\n\r\n", 4);
    for (size_t i = 0; i + 1 < s->head.size; i++)
        if (s->raw[i] == '\0' && s->raw[i + 1] == '\n')
            s->raw[i] = '\r';
}

static void check_bytes(const struct sent *s)
{
    for (size_t i = 0; i < s->head.size; i++) {
        char byte = s->raw[i];
        FUZZ_MUST(byte != '\0');
        FUZZ_MUST(byte != '\n' || (i > 0 && s->raw[i - 1] == '\r'));
        FUZZ_MUST(byte != '\r' || (i + 1 < s->head.size && s->raw[i + 1] == '\n'));
        /* No folded line: none begins with a blank. */
        if (i > 0 && s->raw[i - 1] == '\n')
            FUZZ_MUST(byte != ' ' && byte != '\t');
    }
    FUZZ_MUST(s->head.size >= 4 && memcmp(s->raw + s->head.size - 4, "\r\n\r\n", 4) == 0);
}

/* How many lines of the head have this name, whatever its case. */
static uint32_t count_named(const struct sent *s, const char *name)
{
    uint32_t count = 0;
    size_t size = strlen(name);
    for (size_t i = 0; i + size < s->head.size; i++)
        if (i > 1 && s->raw[i - 1] == '\n' && strncasecmp(s->raw + i, name, size) == 0 &&
            s->raw[i + size] == ':')
            count++;
    return count;
}

static void check_framing(const struct sent *s, const struct gw_head_facts *facts)
{
    uint32_t hosts = count_named(s, "host"), lengths = count_named(s, "content-length"),
             transfers = count_named(s, "transfer-encoding");
    int old = strcmp(s->head.version, "HTTP/1.0") == 0;
    FUZZ_MUST(hosts == 1 || (old && hosts == 0));
    FUZZ_MUST(lengths + transfers <= 1 && (!old || transfers == 0));
    FUZZ_MUST((facts->content_length == UINT64_MAX) == (transfers == 1));
    FUZZ_MUST(facts->content_length == 0 || lengths + transfers == 1);
    FUZZ_MUST(s->head.size <= limits.header_bytes && s->head.count <= FIELDS);
}

static void check_facts(const struct sent *s, const struct gw_head_facts *facts)
{
    FUZZ_MUST(facts->path_size >= 1 && (facts->path[0] == '/' || facts->path[0] == '*'));
    for (size_t i = 0; i < facts->path_size; i++)
        FUZZ_MUST((unsigned char)facts->path[i] > 0x20 && facts->path[i] != '?');
    FUZZ_MUST(facts->query != NULL && strlen(facts->query) < s->size);
    if (facts->request_id != NULL)
        FUZZ_MUST(gw_head_request_id(facts->request_id, strlen(facts->request_id)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sent s;
    struct fuzz_bytes bytes = {data, size};
    struct gw_fault fault = {.code = GW_FAULT_NONE};
    struct gw_head_facts facts;
    if (bytes.left == 0 || bytes.left > HEAD_MOST)
        return 0;
    s.size = bytes.left;
    memset(s.raw, 0, sizeof s.raw);
    memcpy(s.raw, bytes.at, s.size);
    memcpy(s.cut, s.raw, sizeof s.cut);
    if (!lay_out(&s))
        return 0;
    if (gw_head_check(&s.head, &limits, &facts, &fault) == 0) {
        FUZZ_MUST(fault.code == GW_FAULT_NONE);
        restore_ends(&s);
        check_bytes(&s);
        check_framing(&s, &facts);
        check_facts(&s, &facts);
    } else {
        fuzz_check_fault(&fault);
    }
    struct gw_fault refused = {.code = GW_FAULT_NONE};
    gw_head_refused(s.fields, s.head.count, &refused);
    fuzz_check_fault(&refused);
    return 0;
}
