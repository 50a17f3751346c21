// Answers ZeroMQ clients (REQ, DEALER) through libzmq, which is opened when it is asked for: neither build nor start needs it.
//
// A listener belongs to one thread: only `cz_wake` may be called from others.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct cz_listener cz_listener;

typedef struct cz_frame {
    const void *bytes;
    size_t count;
} cz_frame;

enum { CZ_MAXIMUM_FRAMES = 8 };

// What of libzmq is missing on this machine; NULL when it is all there.
const char *cz_missing(void);

// Listens on `address` (`ipc://PATH`, `tcp://HOST:PORT`; `*` as port lets the system choose). A client that sends a frame of more than
// `frame_limit` bytes is cut off before its memory is taken; of each client `backlog` messages are held at most.
// NULL and a reason in `error` when it cannot be.
cz_listener *cz_listen(const char *address, int64_t frame_limit, int backlog, char *error, size_t error_size);

// Where it listens, the system's choice filled in.
const char *cz_address(const cz_listener *listener);

// Waits for a message, `cz_wake`, or the time, and says whether there may be a message.
int cz_wait(cz_listener *listener, int milliseconds);

// Ends a wait that is going on, or the next one.
void cz_wake(cz_listener *listener);

// Takes one whole message: its frames, the first of which names the client; valid until the next call. 0 when none waits, -1 for one of more
// than CZ_MAXIMUM_FRAMES frames, which is dropped.
int cz_receive(cz_listener *listener, cz_frame frames[CZ_MAXIMUM_FRAMES]);

// Sends a message to the client that the first frame names. One that has gone, or takes nothing, does not get it.
void cz_send(cz_listener *listener, const cz_frame *frames, int count);

void cz_close(cz_listener *listener);
