// A client that makes a new TLS 1.3 connection for every request: full handshakes, or resumed ones with "resume".
// Blocking threads, each one request after the other. It asks OpenSSL after every handshake whether it was resumed, and prints one JSON line.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { samples_max = 200000, threads_max = 64 };

struct client { pthread_t thread; unsigned requests, resumed, failed; float *micros; };

static SSL_CTX *context;
static struct sockaddr_in server = { .sin_family = AF_INET };
static double deadline;
static bool resume;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

// True: the whole answer came, with status 200. The answer ends with the connection, as "Connection: close" asks.
static bool request(SSL *ssl) {
    static const char head[] = "GET /catalogue/4711 HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n";
    char answer[4096];
    size_t length = 0;
    if (SSL_write(ssl, head, sizeof head - 1) <= 0) return false;
    for (int n; length < sizeof answer && (n = SSL_read(ssl, answer + length, sizeof answer - length)) > 0;) length += n;
    return length > 12 && length < sizeof answer && memcmp(answer, "HTTP/1.1 200", 12) == 0 && answer[length - 1] == '}';
}

static bool exchange(struct client *client, SSL_SESSION **session) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = { .tv_sec = 5 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    bool done = connect(fd, (struct sockaddr *)&server, sizeof server) == 0;
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    if (*session) SSL_set_session(ssl, *session);
    done = done && SSL_connect(ssl) == 1;
    if (done && SSL_session_reused(ssl)) client->resumed++;
    done = done && request(ssl);
    if (done && resume) { // the ticket came with the answer
        SSL_SESSION_free(*session);
        *session = SSL_get1_session(ssl);
    }
    SSL_shutdown(ssl);
    SSL_free(ssl);
    close(fd);
    return done;
}

static void *run(void *argument) {
    struct client *client = argument;
    SSL_SESSION *session = NULL;
    for (double start; (start = now()) < deadline && client->requests < samples_max;) {
        if (exchange(client, &session)) client->micros[client->requests++] = (now() - start) * 1e6;
        else { client->failed++; usleep(10000); }
    }
    SSL_SESSION_free(session);
    return NULL;
}

static int ascending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    if (argc != 5) { fprintf(stderr, "handshakes PORT THREADS SECONDS full|resume\n"); return 2; }
    int threads = atoi(argv[2]);
    if (threads < 1 || threads > threads_max) return 2;
    server.sin_port = htons(atoi(argv[1]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    resume = strcmp(argv[4], "resume") == 0;
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF); // a server that ends without close_notify must not spoil the session
    static struct client clients[threads_max];
    double start = now();
    deadline = start + atof(argv[3]);
    for (int i = 0; i < threads; i++) {
        clients[i].micros = malloc(samples_max * sizeof(float));
        pthread_create(&clients[i].thread, NULL, run, &clients[i]);
    }
    unsigned requests = 0, resumed = 0, failed = 0;
    float *all = malloc((size_t)threads * samples_max * sizeof(float));
    for (int i = 0; i < threads; i++) {
        pthread_join(clients[i].thread, NULL);
        memcpy(all + requests, clients[i].micros, clients[i].requests * sizeof(float));
        requests += clients[i].requests;
        resumed += clients[i].resumed;
        failed += clients[i].failed;
    }
    double seconds = now() - start;
    qsort(all, requests, sizeof(float), ascending);
    printf("{\"requests\":%u,\"resumed\":%u,\"failed\":%u,\"seconds\":%.6f,\"p50\":%.1f,\"p99\":%.1f}\n", requests, resumed, failed, seconds,
        requests ? all[requests / 2] : 0, requests ? all[(size_t)(requests * 0.99)] : 0);
    return 0;
}
