#include "CZeroMQ.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

// The functions and numbers of libzmq 4 that we use, by its documented C interface (api.zeromq.org/4-3).
typedef struct zmq_message {
    _Alignas(void *) unsigned char opaque[64];
} zmq_message;

typedef struct zmq_poll_item {
    void *socket;
    int fd;
    short events;
    short revents;
} zmq_poll_item;

enum {
    ZMQ_ROUTER = 6,
    ZMQ_LINGER = 17,
    ZMQ_BACKLOG = 19,
    ZMQ_MAXMSGSIZE = 22,
    ZMQ_SNDHWM = 23,
    ZMQ_RCVHWM = 24,
    ZMQ_LAST_ENDPOINT = 32,
    ZMQ_DONTWAIT = 1,
    ZMQ_SNDMORE = 2,
    ZMQ_POLLIN = 1,
    ZMQ_MAX_CLIENTS_WAITING = 64,
};

#define ZMQ_FUNCTIONS(F) \
    F(void *, zmq_ctx_new, (void)) \
    F(int, zmq_ctx_term, (void *)) \
    F(void *, zmq_socket, (void *, int)) \
    F(int, zmq_close, (void *)) \
    F(int, zmq_setsockopt, (void *, int, const void *, size_t)) \
    F(int, zmq_getsockopt, (void *, int, void *, size_t *)) \
    F(int, zmq_bind, (void *, const char *)) \
    F(int, zmq_errno, (void)) \
    F(const char *, zmq_strerror, (int)) \
    F(int, zmq_poll, (zmq_poll_item *, int, long)) \
    F(int, zmq_send, (void *, const void *, size_t, int)) \
    F(int, zmq_msg_init, (zmq_message *)) \
    F(int, zmq_msg_recv, (zmq_message *, void *, int)) \
    F(int, zmq_msg_close, (zmq_message *)) \
    F(void *, zmq_msg_data, (zmq_message *)) \
    F(size_t, zmq_msg_size, (const zmq_message *)) \
    F(int, zmq_msg_more, (const zmq_message *))

static struct {
#define ZMQ_MEMBER(result, name, parameters) result(*name) parameters;
    ZMQ_FUNCTIONS(ZMQ_MEMBER)
#undef ZMQ_MEMBER
} zmq;

static char missing[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
    void *handle = dlopen("libzmq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror();
        snprintf(
            missing, sizeof missing, "libzmq 4 is needed (Debian: libzmq5): %s", reason ? reason : "no reason given");
        return;
    }
#define ZMQ_LOAD(result, name, parameters) \
    { \
        void *symbol = dlsym(handle, #name); \
        if (!symbol) { \
            snprintf(missing, sizeof missing, "a newer libzmq 4 is needed: this one has no " #name); \
            return; \
        } \
        memcpy(&zmq.name, &symbol, sizeof symbol); \
    }
    ZMQ_FUNCTIONS(ZMQ_LOAD)
#undef ZMQ_LOAD
}

const char *cz_missing(void)
{
    pthread_once(&once, load);
    return missing[0] ? missing : NULL;
}

struct cz_listener {
    void *context;
    void *socket;
    int wake;
    int held;
    zmq_message messages[CZ_MAXIMUM_FRAMES];
    // As libzmq tells it.
    char address[256];
    // Whether it is ours to remove: libzmq leaves its socket behind.
    int has_file;
};

static const char *socket_path(const char *address) { return strncmp(address, "ipc://", 6) ? NULL : address + 6; }

// libzmq makes room for its socket by removing whatever has its name.
static int is_taken(const char *address)
{
    const char *path = socket_path(address);
    struct stat status;
    return path && lstat(path, &status) == 0 && !S_ISSOCK(status.st_mode);
}

static void release(cz_listener *listener)
{
    while (listener->held > 0) zmq.zmq_msg_close(&listener->messages[--listener->held]);
}

void cz_close(cz_listener *listener)
{
    if (!listener) return;
    release(listener);
    if (listener->socket) zmq.zmq_close(listener->socket);
    if (listener->context) zmq.zmq_ctx_term(listener->context);
    if (listener->wake >= 0) close(listener->wake);
    if (listener->has_file) unlink(socket_path(listener->address));
    free(listener);
}

static int set(cz_listener *listener, int option, int value)
{
    return zmq.zmq_setsockopt(listener->socket, option, &value, sizeof value);
}

cz_listener *cz_listen(const char *address, int64_t frame_limit, int backlog, char *error, size_t error_size)
{
    const char *lack = cz_missing();
    if (lack) {
        snprintf(error, error_size, "%s", lack);
        return NULL;
    }
    if (is_taken(address)) {
        snprintf(error, error_size, "there is another file");
        return NULL;
    }
    cz_listener *listener = calloc(1, sizeof *listener);
    if (!listener) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    listener->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    listener->context = zmq.zmq_ctx_new();
    listener->socket = listener->context ? zmq.zmq_socket(listener->context, ZMQ_ROUTER) : NULL;
    size_t size = sizeof listener->address;
    if (listener->wake < 0 || !listener->socket || set(listener, ZMQ_LINGER, 0)
        || set(listener, ZMQ_BACKLOG, ZMQ_MAX_CLIENTS_WAITING) || set(listener, ZMQ_RCVHWM, backlog)
        || set(listener, ZMQ_SNDHWM, backlog)
        || zmq.zmq_setsockopt(listener->socket, ZMQ_MAXMSGSIZE, &frame_limit, sizeof frame_limit)
        || zmq.zmq_bind(listener->socket, address)
        || zmq.zmq_getsockopt(listener->socket, ZMQ_LAST_ENDPOINT, listener->address, &size)) {
        snprintf(error, error_size, "%s", zmq.zmq_strerror(zmq.zmq_errno()));
        cz_close(listener);
        return NULL;
    }
    listener->has_file = socket_path(listener->address) != NULL;
    return listener;
}

const char *cz_address(const cz_listener *listener) { return listener->address; }

int cz_wait(cz_listener *listener, int milliseconds)
{
    zmq_poll_item items[2] = {
        {.socket = listener->socket, .events = ZMQ_POLLIN}, {.fd = listener->wake, .events = ZMQ_POLLIN}};
    if (zmq.zmq_poll(items, 2, milliseconds) <= 0) return 0;
    uint64_t count;
    if (items[1].revents && read(listener->wake, &count, sizeof count) < 0 && errno != EAGAIN) return 0;
    return items[0].revents != 0;
}

void cz_wake(cz_listener *listener)
{
    uint64_t one = 1;
    // Fails only when it has been woken 2^64 times without waking up.
    ssize_t written = write(listener->wake, &one, sizeof one);
    (void)written;
}

int cz_receive(cz_listener *listener, cz_frame frames[CZ_MAXIMUM_FRAMES])
{
    release(listener);
    int count = 0;
    for (int more = 1; more; count++) {
        zmq_message surplus;
        zmq_message *message = count < CZ_MAXIMUM_FRAMES ? &listener->messages[count] : &surplus;
        zmq.zmq_msg_init(message);
        // Once the first frame is there, libzmq has all of them.
        if (zmq.zmq_msg_recv(message, listener->socket, ZMQ_DONTWAIT) < 0) {
            zmq.zmq_msg_close(message);
            release(listener);
            return count > 0 ? -1 : 0;
        }
        more = zmq.zmq_msg_more(message);
        if (message == &surplus) {
            zmq.zmq_msg_close(message);
            continue;
        }
        listener->held = count + 1;
        frames[count] = (cz_frame){zmq.zmq_msg_data(message), zmq.zmq_msg_size(message)};
    }
    if (count <= CZ_MAXIMUM_FRAMES) return count;
    release(listener);
    return -1;
}

void cz_send(cz_listener *listener, const cz_frame *frames, int count)
{
    for (int i = 0; i < count; i++) {
        int flags = ZMQ_DONTWAIT | (i + 1 < count ? ZMQ_SNDMORE : 0);
        if (zmq.zmq_send(listener->socket, frames[i].bytes, frames[i].count, flags) < 0) return;
    }
}
