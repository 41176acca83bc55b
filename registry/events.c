/* SPDX-License-Identifier: MIT
 * Sentences for people: events to the hook, and errors with their place. Every other file
 * of the registry speaks through here. */
#include "registry/room.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

enum { EVENT_MAX = 512 };

static const char *const state_names[] = {
    [REG_START] = "START",
    [REG_LOADING] = "LOADING",
    [REG_AVAILABLE] = "AVAILABLE",
    [REG_UNLOADING] = "UNLOADING",
    [REG_END] = "END",
    [REG_FAILED] = "END",
};

const char *reg_state_name(enum reg_state state)
{
    return state_names[state];
}

int64_t reg_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec;
}

void reg_say(struct reg_registry *registry, char level, const char *model,
             int64_t version, const char *format, ...)
{
    const struct reg_hooks *hooks = &registry->options.hooks;
    if (!hooks->event) {
        return;
    }
    char text[EVENT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct reg_event event = {
        .level = level, .model = model, .version = version, .text = text};
    hooks->event(hooks->context, &event);
}

void reg_error_text(const struct roost_error *err, char *out, size_t size)
{
    const char *text = err->text[0] ? err->text : roost_status_text(err->status);
    struct eng_buf buf;
    eng_buf_init(&buf, sizeof err->where + sizeof err->text + 64);
    if (err->where[0]) {
        eng_buf_text(&buf, err->where);
        if (err->line) {
            eng_buf_format(&buf, ":%u", err->line);
        }
        if (err->line && err->column) {
            eng_buf_format(&buf, ":%u", err->column);
        }
        eng_buf_text(&buf, ": ");
    }
    eng_buf_text(&buf, text);
    snprintf(out, size, "%s", buf.failed || !buf.at ? text : buf.at);
    eng_buf_clear(&buf);
}
