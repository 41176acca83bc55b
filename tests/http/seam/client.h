/* SPDX-License-Identifier: MIT
 * client.h - a client that sends exactly the bytes it is given and reads answers.
 * Threads  A client serves one thread.
 * Memory   client_open pairs with client_close.
 * Errors   Every wait ends after 10 s at the latest and then fails the test. */
#ifndef ROOST_TESTS_SEAM_CLIENT_H
#define ROOST_TESTS_SEAM_CLIENT_H
#include <stddef.h>

struct client {
    int fd;
    char *data; /* read, not yet taken as an answer */
    size_t size, room;
};

struct answer {
    int status; /* 0: the connection ended before an answer */
    char head[4096];
    char body[65536]; /* its beginning */
    size_t body_size;
};

void client_open(struct client *client, int port);
void client_open_at(struct client *client, const char *address, int port);
void client_open_unix(struct client *client, const char *path);
void client_close(struct client *client);
void client_send(struct client *client, const char *data, size_t size);
void client_text(struct client *client, const char *text);
/* One answer, body and all; `head` is 1 for the answer to HEAD. */
void client_answer(struct client *client, struct answer *out, int head);
/* Send and read the answer's status. */
int client_ask(struct client *client, const char *text);
/* The server closes within `ms`: 1; it did not: 0. Bytes that come are thrown away. */
int client_sees_end(struct client *client, int ms);
/* How many bytes come until the end or until nothing came for `ms`. */
size_t client_count(struct client *client, int ms);
int answer_says(const struct answer *answer, const char *text);
long long now_ms(void);

#endif
