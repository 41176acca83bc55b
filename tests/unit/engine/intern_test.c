/* SPDX-License-Identifier: MIT
 * intern_test.c - states of equal content, made and let go by several threads at once, as
 * programs do that open models beside each other. What is shared at all is said in
 * builder_test.c. */
#include "tests/unit/engine/support/kit.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

enum { THREADS = 4, TURNS = 150 };

/* cmocka may be asserted with in the main thread only: what goes wrong is counted. */
struct opener {
    pthread_t thread;
    _Atomic int *wrong;
};

/* Bins of the same edges, always; every time a model is freed it may be the last owner.
 */
static void *open_and_free(void *argument)
{
    struct opener *opener = argument;
    static const double edges[] = {0, 10, 20};
    const struct eng_param param = kit_tensor("edges", edges, 3, 0);
    const struct eng_op *op = eng_op_find("discretize", 10);
    const struct eng_shape number = {.kind = ENG_NUMBER, .width = 1, .entries = 1};
    const char *name = "age";
    const struct eng_op_args args = {.name = "bins",
                                     .n_inputs = 1,
                                     .input_names = &name,
                                     .inputs = &number,
                                     .n_params = 1,
                                     .params = &param};
    for (int i = 0; i < TURNS; i++) {
        struct eng_state *first = NULL, *second = NULL;
        if (eng_state_make(op, &args, &first, NULL) != ROOST_OK ||
            eng_state_make(op, &args, &second, NULL) != ROOST_OK || first != second ||
            first->shape.bound != 4 || eng_state_count() != 1)
            atomic_fetch_add(opener->wrong, 1);
        eng_state_release(first);
        eng_state_release(second);
    }
    return NULL;
}

static void several_threads_make_and_free_equal_states(void **state)
{
    (void)state;
    _Atomic int wrong = 0;
    struct opener openers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        openers[i].wrong = &wrong;
        assert_int_equal(
            pthread_create(&openers[i].thread, NULL, open_and_free, &openers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(openers[i].thread, NULL);
    assert_int_equal(wrong, 0);
    assert_int_equal(eng_state_count(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_threads_make_and_free_equal_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
