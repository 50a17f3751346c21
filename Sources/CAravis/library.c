#include "library.h"

#include "CAravis.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static ca_library library;
static char missing[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
    void *handle = dlopen("libaravis-0.8.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        ca_say(missing, sizeof missing, "libaravis 0.8 (Debian: libaravis-0.8-0)", dlerror());
        return;
    }
    // dlsym also looks in what the library itself is linked to: GLib and GObject.
#define CA_LOAD(result, name, parameters) \
    { \
        void *symbol = dlsym(handle, #name); \
        if (!symbol) { \
            ca_say(missing, sizeof missing, "a newer libaravis 0.8", "it has no " #name); \
            return; \
        } \
        memcpy(&library.name, &symbol, sizeof symbol); \
    }
    CA_FUNCTIONS(CA_LOAD)
#undef CA_LOAD
}

const char *ca_missing(void)
{
    pthread_once(&once, load);
    return missing[0] ? missing : NULL;
}

const ca_library *ca_library_get(void) { return ca_missing() ? NULL : &library; }

void ca_say(char *error, size_t error_size, const char *what, const char *text)
{
    snprintf(error, error_size, "%s: %s", what, text ? text : "no reason given");
}
