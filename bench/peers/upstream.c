// The service behind every contender: answers any request head with one fixed JSON body, keep-alive, on two ports (v1 and v2).
// One thread, one epoll. It never reads a body, and counts what arrives so that the bench can prove connections were kept alive.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { descriptors_max = 20000, batch = 256, versions = 2 };

static const char body[] =
    "{\"id\":4711,\"name\":\"a small product\",\"price\":19.90,\"currency\":\"EUR\",\"stock\":12,\"tags\":[\"new\",\"blue\"]}";
static char answer[512];
static int answer_length;

static struct { unsigned char version, matched, listening; } ends[descriptors_max];
static struct { unsigned long connections, requests; } counts[versions];

static void check(int failed, const char *what) {
    if (failed) { perror(what); exit(1); }
}

static void renew_answer(void) {
    static time_t written;
    time_t now = time(NULL);
    if (now == written) return;
    written = now;
    char date[64];
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&now));
    answer_length = snprintf(answer, sizeof answer,
        "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
        "Cache-Control: no-store\r\nX-Service: catalogue\r\n\r\n%s", date, sizeof body - 1, body);
}

static void answer_counters(int fd) {
    char json[256], text[512];
    int length = snprintf(json, sizeof json, "{\"v1\":{\"connections\":%lu,\"requests\":%lu},\"v2\":{\"connections\":%lu,\"requests\":%lu}}",
        counts[0].connections, counts[0].requests, counts[1].connections, counts[1].requests);
    length = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", length, json);
    send(fd, text, length, MSG_NOSIGNAL);
}

static void accept_one(int epoll, int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    if (fd >= descriptors_max) { close(fd); return; }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    ends[fd].version = ends[listener].version;
    ends[fd].matched = ends[fd].listening = 0;
    counts[ends[fd].version].connections++;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){ .events = EPOLLIN, .data.fd = fd });
}

// A head ends at CR LF CR LF, wherever the reads happened to cut it; "matched" says how much of that mark has been seen.
static void read_and_answer(int fd) {
    static const char mark[] = "\r\n\r\n", counters[] = "GET /counters ";
    static char buffer[65536];
    ssize_t n = recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) { close(fd); return; }
    if (n > (ssize_t)sizeof counters && memcmp(buffer, counters, sizeof counters - 1) == 0) { answer_counters(fd); return; }
    for (ssize_t i = 0; i < n; i++) {
        unsigned char matched = ends[fd].matched;
        matched = buffer[i] == mark[matched] ? matched + 1 : buffer[i] == '\r';
        if (matched == 4) {
            matched = 0;
            counts[ends[fd].version].requests++;
            if (send(fd, answer, answer_length, MSG_NOSIGNAL) != answer_length) { close(fd); return; }
        }
        ends[fd].matched = matched;
    }
}

int main(int argc, char **argv) {
    if (argc != 1 + versions) { fprintf(stderr, "upstream PORT_OF_V1 PORT_OF_V2\n"); return 2; }
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int v = 0; v < versions; v++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
        struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[1 + v])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        check(bind(fd, (struct sockaddr *)&at, sizeof at), "bind");
        check(listen(fd, 4096), "listen");
        ends[fd].version = v;
        ends[fd].listening = 1;
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){ .events = EPOLLIN, .data.fd = fd });
    }
    for (;;) {
        struct epoll_event events[batch];
        int n = epoll_wait(epoll, events, batch, -1);
        renew_answer();
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (ends[fd].listening) accept_one(epoll, fd);
            else read_and_answer(fd);
        }
    }
}
