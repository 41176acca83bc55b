/* SPDX-License-Identifier: MIT
 * manifest.json beside two fixed files. What it passes must not pass once one of the
 * files that it names has changed by a byte. */
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/model.h"
#include <string.h>

static roost_status verify(const uint8_t *data, size_t size, const char *yaml,
                           struct roost_error *err)
{
    struct reg_files files = {.count = 0};
    fuzz_add(&files, "model.yaml", yaml, strlen(yaml));
    fuzz_add(&files, "words.txt", "a\nb\n", 4);
    fuzz_add(&files, "manifest.json", data, size);
    roost_status status = reg_files_verify(&files, err);
    reg_files_clear(&files);
    return status;
}

static int holds(const uint8_t *data, size_t size, const char *word)
{
    return memmem(data, size, word, strlen(word)) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct roost_error err = {.status = ROOST_OK};
    roost_status status = verify(data, size, "format: 1\n", &err);
    if (status != ROOST_OK) {
        fuzz_check_error(status, &err);
        FUZZ_MUST(err.where[0] != '\0');
        return 0;
    }
    err = (struct roost_error){.status = ROOST_OK};
    status = verify(data, size, "format: 2\n", &err);
    /* The sum of "format: 1\n" stands in whatever passed and names the file. */
    if (status == ROOST_OK)
        FUZZ_MUST(!holds(data, size, "1f7b9635") || !holds(data, size, "\"model.yaml\""));
    else
        FUZZ_MUST(status == ROOST_VERIFY);
    return 0;
}
