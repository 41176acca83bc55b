/* SPDX-License-Identifier: MIT
 * values.c - one option's value: text -> field with its checks, and field -> text. Comes
 * after whoever found the option (YAML, environment, flag); the place of the text in its
 * file is added by that caller. */
#include "config/options.h"
#include "engine/base/error.h"
#include "engine/base/utf8.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
    const char *name;
    uint64_t factor;
};
/* Largest first: printing takes the first that divides. */
static const struct unit sizes[] = {
    {"GiB", 1073741824}, {"MiB", 1048576}, {"KiB", 1024}, {"", 1}};
static const struct unit times[] = {{"m", 60000}, {"s", 1000}, {"ms", 1}, {"", 1}};
static const struct unit none[] = {{"", 1}};

static const struct unit *units_of(enum cfg_type type, size_t *count)
{
    if (type == CFG_TYPE_SIZE) {
        *count = sizeof sizes / sizeof sizes[0];
        return sizes;
    }
    if (type == CFG_TYPE_TIME) {
        *count = sizeof times / sizeof times[0];
        return times;
    }
    *count = 1;
    return none;
}

static void *field_of(const struct cfg *cfg, const struct cfg_option *option)
{
    return (char *)(uintptr_t)cfg + option->offset;
}

char **cfg_option_text(const struct cfg *cfg, const struct cfg_option *option)
{
    return field_of(cfg, option);
}

uint64_t cfg_option_value(const struct cfg *cfg, const struct cfg_option *option)
{
    const void *field = field_of(cfg, option);
    if (option->type == CFG_TYPE_BOOL)
        return *(const uint8_t *)field;
    if (option->type == CFG_TYPE_U64 || option->type == CFG_TYPE_SIZE)
        return *(const uint64_t *)field;
    return *(const uint32_t *)field;
}

static void store(struct cfg *cfg, const struct cfg_option *option, uint64_t value)
{
    void *field = field_of(cfg, option);
    if (option->type == CFG_TYPE_BOOL)
        *(uint8_t *)field = (uint8_t)value;
    else if (option->type == CFG_TYPE_U64 || option->type == CFG_TYPE_SIZE)
        *(uint64_t *)field = value;
    else
        *(uint32_t *)field = (uint32_t)value;
}

/* Digits and a unit; -1 when it is anything else, 1 when it is above 64 bits. */
static int parse_number(const char *text, size_t size, enum cfg_type type, uint64_t *out)
{
    size_t at = 0, count = 0;
    int overflow = 0;
    uint64_t value = 0;
    for (; at < size && text[at] >= '0' && text[at] <= '9'; at++) {
        overflow |= __builtin_mul_overflow(value, 10u, &value);
        overflow |= __builtin_add_overflow(value, (uint64_t)(text[at] - '0'), &value);
    }
    if (at == 0)
        return -1;
    const struct unit *units = units_of(type, &count);
    if (at < size && text[at] == ' ' && at + 1 < size)
        at++;
    for (size_t i = 0; i < count; i++) {
        if (strlen(units[i].name) != size - at ||
            memcmp(units[i].name, text + at, size - at) != 0)
            continue;
        overflow |= __builtin_mul_overflow(value, units[i].factor, &value);
        *out = value;
        return overflow ? 1 : 0;
    }
    return -1;
}

static int parse_bool(const char *text, size_t size, uint64_t *out)
{
    static const struct unit words[] = {{"true", 1}, {"false", 0}, {"yes", 1}, {"no", 0},
                                        {"on", 1},   {"off", 0},   {"1", 1},   {"0", 0}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i].name) == size && memcmp(words[i].name, text, size) == 0) {
            *out = words[i].factor;
            return 0;
        }
    }
    return -1;
}

/* The index of a word in "a|b|c". */
static int parse_word(const char *words, const char *text, size_t size, uint64_t *out)
{
    uint64_t index = 0;
    while (*words != '\0') {
        size_t length = strcspn(words, "|");
        if (length == size && memcmp(words, text, size) == 0) {
            *out = index;
            return 0;
        }
        words += length + (words[length] == '|');
        index++;
    }
    return -1;
}

void cfg_option_show(const struct cfg_option *option, uint64_t value,
                     char out[CFG_VALUE_ROOM])
{
    if (option->type == CFG_TYPE_BOOL) {
        snprintf(out, CFG_VALUE_ROOM, "%s", value ? "true" : "false");
        return;
    }
    if (option->type == CFG_TYPE_WORD) {
        const char *word = option->words;
        for (; value > 0; value--)
            word += strcspn(word, "|") + 1;
        snprintf(out, CFG_VALUE_ROOM, "%.*s", (int)strcspn(word, "|"), word);
        return;
    }
    size_t count;
    const struct unit *unit = units_of(option->type, &count);
    while (unit->factor != 1 && (value == 0 || value % unit->factor != 0))
        unit++;
    snprintf(out, CFG_VALUE_ROOM, "%" PRIu64 "%s", value / unit->factor,
             value == 0 ? "" : unit->name);
}

static roost_status refuse(const struct cfg_option *option, const char *text, size_t size,
                           struct roost_error *err)
{
    static const char *const wants[] = {
        [CFG_TYPE_TEXT] = "UTF-8 text without control characters, at most 4096 bytes",
        [CFG_TYPE_U32] = "a whole number",
        [CFG_TYPE_U64] = "a whole number",
        [CFG_TYPE_BOOL] = "true or false",
        [CFG_TYPE_SIZE] = "bytes, as a whole number or with KiB, MiB or GiB",
        [CFG_TYPE_TIME] = "a time, a whole number with ms, s or m"};
    const char *want =
        option->type == CFG_TYPE_WORD ? option->words : wants[option->type];
    return eng_fail(err, ROOST_VALUE, NULL, 0, "%s takes %s%s, not \"%.*s\"", option->key,
                    option->type == CFG_TYPE_WORD ? "one of " : "", want,
                    (int)(size < 40 ? size : 40), text);
}

/* Control characters would break headers and log lines, and what is not UTF-8 could not
 * be printed as YAML. */
static int text_valid(const char *text, size_t size)
{
    const char *at = text, *end = text + size;
    while (at < end) {
        const char *from = at;
        uint32_t code = eng_utf8_next(&at, end);
        int replaced =
            code == 0xfffd && (at - from != 3 || memcmp(from, "\xef\xbf\xbd", 3) != 0);
        if (code < 0x20 || code == 0x7f || replaced)
            return 0;
    }
    return size <= CFG_TEXT_MAX;
}

static roost_status set_text(struct cfg *cfg, const struct cfg_option *option,
                             const char *text, size_t size, struct roost_error *err)
{
    if (!text_valid(text, size))
        return refuse(option, "...", 3, err);
    char *copy = strndup(text, size);
    if (copy == NULL)
        return eng_fail(err, ROOST_NOMEM, NULL, 0, "out of memory");
    const char *wrong = NULL;
    if (strcmp(option->key, "listen") == 0)
        wrong = cfg_address_wrong(copy);
    else if (strcmp(option->key, "admin_listen") == 0)
        wrong = cfg_address_not_local(copy);
    else if (size == 0 && option->text[0] != '\0')
        wrong = "must not be empty";
    if (wrong != NULL) {
        eng_fail(err, ROOST_VALUE, NULL, 0, "%s: \"%.64s\" %s", option->key, copy, wrong);
        free(copy);
        return ROOST_VALUE;
    }
    char **field = cfg_option_text(cfg, option);
    free(*field);
    *field = copy;
    return ROOST_OK;
}

roost_status cfg_option_set(struct cfg *cfg, const struct cfg_option *option,
                            const char *text, size_t size, struct roost_error *err)
{
    uint64_t value = 0;
    int wrong;
    if (option->type == CFG_TYPE_TEXT)
        return set_text(cfg, option, text, size, err);
    if (option->type == CFG_TYPE_BOOL)
        wrong = parse_bool(text, size, &value);
    else if (option->type == CFG_TYPE_WORD)
        wrong = parse_word(option->words, text, size, &value);
    else
        wrong = parse_number(text, size, option->type, &value);
    if (wrong < 0)
        return refuse(option, text, size, err);
    int bounded = option->type != CFG_TYPE_BOOL && option->type != CFG_TYPE_WORD;
    if (wrong > 0 || (bounded && (value < option->least || value > option->most))) {
        char least[CFG_VALUE_ROOM], most[CFG_VALUE_ROOM];
        cfg_option_show(option, option->least, least);
        cfg_option_show(option, option->most, most);
        return eng_fail(err, ROOST_VALUE, NULL, 0, "%s: %.*s is out of range, %s to %s",
                        option->key, (int)(size < 40 ? size : 40), text, least, most);
    }
    store(cfg, option, value);
    return ROOST_OK;
}
