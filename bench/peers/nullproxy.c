// The floor: a proxy that copies bytes both ways and looks at none of them. One thread, one edge-triggered epoll, one upstream
// connection for each client connection. Four data syscalls an exchange, plus its share of epoll_wait; nothing on the heap meanwhile.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { descriptors_max = 20000, batch = 256 };

// held: bytes this end could not take yet; while there are any, nothing is read from its peer.
static struct end { int peer; char *held; size_t held_length; bool closing, peer_waits; } ends[descriptors_max];
static int doomed[2 * batch + 2], doomed_count;
static char buffer[65536];

static struct sockaddr_in loopback(const char *port) {
    return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(atoi(port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

// Descriptors are closed after the batch, so that no event of this batch can meet a number that was given out again.
static void close_pair(int fd) {
    if (ends[fd].closing) return;
    int both[] = { fd, ends[fd].peer };
    for (int i = 0; i < 2; i++) {
        ends[both[i]].closing = true;
        doomed[doomed_count++] = both[i];
    }
}

static void close_doomed(void) {
    while (doomed_count > 0) {
        int fd = doomed[--doomed_count];
        free(ends[fd].held);
        ends[fd] = (struct end){ 0 };
        close(fd);
    }
}

// A short read means drained, unless the other side has said goodbye: then its end of stream is still to be read.
static void copy_from(int fd, bool to_the_end) {
    int peer = ends[fd].peer;
    if (ends[peer].held_length > 0) { ends[peer].peer_waits = true; return; }
    for (;;) {
        ssize_t got = recv(fd, buffer, sizeof buffer, 0);
        if (got <= 0) {
            if (got == 0 || errno != EAGAIN) close_pair(fd);
            return;
        }
        ssize_t sent = send(peer, buffer, got, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) { close_pair(fd); return; }
        if (sent < got) {
            size_t rest = got - (sent > 0 ? sent : 0);
            ends[peer].held = malloc(rest);
            memcpy(ends[peer].held, buffer + got - rest, rest);
            ends[peer].held_length = rest;
            ends[peer].peer_waits = true;
            return;
        }
        if (got < (ssize_t)sizeof buffer && !to_the_end) return;
    }
}

static void send_held(int fd) {
    struct end *end = &ends[fd];
    ssize_t sent = send(fd, end->held, end->held_length, MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno != EAGAIN) close_pair(fd);
        return;
    }
    end->held_length -= sent;
    memmove(end->held, end->held + sent, end->held_length);
    if (end->held_length > 0) return;
    free(end->held);
    end->held = NULL;
    if (end->peer_waits) { end->peer_waits = false; copy_from(end->peer, true); }
}

static void accept_all(int epoll, int listener, const struct sockaddr_in *upstream) {
    for (;;) {
        int down = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (down < 0) return;
        int up = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (up < 0 || down >= descriptors_max || up >= descriptors_max ||
            connect(up, (const struct sockaddr *)upstream, sizeof *upstream) != 0) { // on loopback: done when it returns
            close(down);
            if (up >= 0) close(up);
            continue;
        }
        fcntl(up, F_SETFL, O_NONBLOCK);
        int pair[] = { down, up };
        for (int i = 0; i < 2; i++) {
            setsockopt(pair[i], IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
            ends[pair[i]] = (struct end){ .peer = pair[1 - i] };
            struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = pair[i] };
            epoll_ctl(epoll, EPOLL_CTL_ADD, pair[i], &event);
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 3) { fprintf(stderr, "nullproxy LISTEN_PORT UPSTREAM_PORT\n"); return 2; }
    struct sockaddr_in here = loopback(argv[1]), upstream = loopback(argv[2]);
    int epoll = epoll_create1(EPOLL_CLOEXEC), listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 4096)) { perror("listen"); return 1; }
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &(struct epoll_event){ .events = EPOLLIN | EPOLLET, .data.fd = listener });
    for (;;) {
        struct epoll_event events[batch];
        int n = epoll_wait(epoll, events, batch, -1);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            unsigned what = events[i].events;
            if (fd == listener) { accept_all(epoll, listener, &upstream); continue; }
            if ((what & EPOLLOUT) && !ends[fd].closing && ends[fd].held_length > 0) send_held(fd);
            if ((what & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) && !ends[fd].closing)
                copy_from(fd, what & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
        }
        close_doomed();
    }
}
