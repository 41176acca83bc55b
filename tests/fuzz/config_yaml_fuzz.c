/* SPDX-License-Identifier: MIT
 * roost.yaml. What is read must print, and the print read back to the same print; what is
 * refused must say at which line. */
#include "config/config.h"
#include "tests/fuzz/support/fuzz.h"
#include <string.h>

enum { PRINT_MOST = 4 << 20 };

static roost_status read_text(struct cfg *cfg, const char *text, size_t size)
{
    struct roost_error err = {.status = ROOST_OK};
    FUZZ_MUST(cfg_init(cfg, &err) == ROOST_OK);
    roost_status status = cfg_read_yaml(cfg, "roost.yaml", text, size, &err);
    if (status == ROOST_OK)
        return status;
    fuzz_check_error(status, &err);
    FUZZ_MUST(strcmp(err.where, "roost.yaml") == 0);
    return status;
}

static void check_models(const struct cfg *cfg)
{
    for (uint32_t i = 0; i < cfg->model_count; i++) {
        const struct cfg_model *model = &cfg->models[i];
        FUZZ_MUST(model->name != NULL && fuzz_is_utf8(model->name, strlen(model->name)));
        FUZZ_MUST(model->policy != CFG_POLICY_LATEST || model->latest >= 1);
        FUZZ_MUST(model->policy != CFG_POLICY_SPECIFIC || model->version_count >= 1);
        for (uint32_t j = 0; j < model->label_count; j++)
            FUZZ_MUST(model->labels[j].name != NULL && model->labels[j].version >= 0);
    }
}

static void check_options(const struct cfg *cfg)
{
    FUZZ_MUST(cfg->workers <= 256);
    FUZZ_MUST(cfg->rows >= 1 && cfg->rows <= 1048576);
    FUZZ_MUST(cfg->json_depth >= 4 && cfg->json_depth <= 1000);
    FUZZ_MUST(cfg->body_bytes >= 1024 && cfg->body_bytes <= 2147483648);
    FUZZ_MUST(cfg->json_strict <= 1 && cfg->startup_strict <= 1);
    FUZZ_MUST(cfg->log_level <= 3);
    FUZZ_MUST(cfg->listen != NULL && cfg->models_dir != NULL && cfg->server_name != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cfg cfg, again;
    if (read_text(&cfg, (const char *)data, size) == ROOST_OK) {
        struct eng_buf first, second;
        eng_buf_init(&first, PRINT_MOST);
        eng_buf_init(&second, PRINT_MOST);
        check_options(&cfg);
        check_models(&cfg);
        FUZZ_MUST(cfg_print_yaml(&cfg, &first) == 0);
        FUZZ_MUST(read_text(&again, first.at, first.size) == ROOST_OK);
        FUZZ_MUST(cfg_print_yaml(&again, &second) == 0);
        FUZZ_MUST(first.size == second.size &&
                  memcmp(first.at, second.at, first.size) == 0);
        cfg_clear(&again);
        eng_buf_clear(&first);
        eng_buf_clear(&second);
    }
    cfg_clear(&cfg);
    return 0;
}
