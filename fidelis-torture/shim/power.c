/*
 * A disk that forgets, between a program and its files. Preloaded into a process (LD_PRELOAD), it lets everything through and
 * remembers, for files whose path contains FIDELIS_POWER_FILES, what no flush has covered yet. It then does what a machine may do:
 *
 *   FIDELIS_POWER_CUT=n    loses power within the n-th write to such a file: of what was not flushed, a part reaches the disk,
 *                          and the process is killed.
 *     FIDELIS_POWER_MODEL  what reaches the disk: `prefix`, the older part of it; `subset`, any of the writes; `torn`, any of
 *                          the sectors of 512 bytes of any of the writes.
 *   FIDELIS_POWER_FAIL=n   the n-th flush fails with EIO. As Linux does it, the pages count as clean afterwards: what it should
 *                          have flushed is not on the disk and never will be, unless it is written again; later flushes
 *                          succeed. It is taken away when the process ends.
 *   FIDELIS_POWER_FULL=n   the n-th write fails with ENOSPC, and there is room again for the next one.
 *   FIDELIS_POWER_SEED=n   what chance follows from.
 *
 * How: the list of unflushed changes holds old and new content of each. To lose power, all of it is undone, newest first, which
 * gives the content of the disk at the last flush; then what reached the disk is done again, oldest first. What it does not
 * model: entries of directories (a new file is there for good at once), and writes through mapped memory (SQLite's `-shm` file
 * is rebuilt from the log and left out).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512 };

struct change {
    dev_t device;
    ino_t inode;
    char path[1024];
    off_t offset;
    off_t size_before;
    size_t old_length, new_length;
    unsigned char *old_bytes, *new_bytes;
    int truncates;
    /* After a flush that failed: which bytes are still only in the cache. */
    unsigned char *doomed;
    struct change *older, *newer;
};

static struct change *oldest, *newest;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *files, *model;
static long cut, fail, full, writes, flushes;
static uint64_t chance;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);

static long number(const char *name, long otherwise) {
    const char *text = getenv(name);
    return text ? atol(text) : otherwise;
}

__attribute__((constructor)) static void begin(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    files = getenv("FIDELIS_POWER_FILES");
    model = getenv("FIDELIS_POWER_MODEL");
    if (!model) model = "prefix";
    cut = number("FIDELIS_POWER_CUT", 0);
    fail = number("FIDELIS_POWER_FAIL", 0);
    full = number("FIDELIS_POWER_FULL", 0);
    chance = (uint64_t)number("FIDELIS_POWER_SEED", 1) * 0x9e3779b97f4a7c15u + 1;
}

/* xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016). */
static uint64_t random_below(uint64_t bound) {
    chance ^= chance >> 12;
    chance ^= chance << 25;
    chance ^= chance >> 27;
    return ((chance * 0x2545f4914f6cdd1du) >> 33) % bound;
}

static int is_watched(int fd, char path[1024], struct stat *status) {
    if (!files) return 0;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, 1023);
    if (length <= 0) return 0;
    path[length] = 0;
    const char *ending = length > 4 ? path + length - 4 : path;
    return strstr(path, files) && strcmp(ending, "-shm") && !fstat(fd, status) && S_ISREG(status->st_mode);
}

static void forget(struct change *change) {
    *(change->older ? &change->older->newer : &oldest) = change->newer;
    *(change->newer ? &change->newer->older : &newest) = change->older;
    free(change->old_bytes);
    free(change->new_bytes);
    free(change->doomed);
    free(change);
}

static int same_file(const struct change *change, const struct stat *status) {
    return change->inode == status->st_ino && change->device == status->st_dev;
}

/* What is written again is in the cache as something new: a later flush brings it to the disk. */
static void save_from_doom(const struct stat *status, off_t offset, size_t length) {
    for (struct change *change = oldest; change; change = change->newer) {
        if (!change->doomed || !same_file(change, status)) continue;
        for (size_t at = 0; at < change->new_length; at++) {
            off_t place = change->offset + (off_t)at;
            if (place >= offset && place < offset + (off_t)length) change->doomed[at] = 0;
        }
    }
}

static void remember(int fd, const char *path, const struct stat *status, const void *bytes, size_t length, off_t offset) {
    struct change *change = calloc(1, sizeof *change);
    size_t old = offset < status->st_size ? (size_t)(status->st_size - offset) : 0;
    if (bytes && old > length) old = length;
    if (!change || !(change->old_bytes = malloc(old + 1)) || !(change->new_bytes = malloc(length + 1))) abort();
    change->device = status->st_dev;
    change->inode = status->st_ino;
    strncpy(change->path, path, sizeof change->path - 1);
    change->offset = offset;
    change->size_before = status->st_size;
    /* Files are often open for writing only. */
    int reader = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t read = reader < 0 ? 0 : pread(reader, change->old_bytes, old, offset);
    if (reader >= 0) close(reader);
    change->old_length = read > 0 ? (size_t)read : 0;
    change->truncates = !bytes;
    if (bytes) memcpy(change->new_bytes, bytes, change->new_length = length);
    save_from_doom(status, offset, length);
    change->older = newest;
    *(newest ? &newest->newer : &oldest) = change;
    newest = change;
    (void)fd;
}

static void put(int fd, const unsigned char *bytes, size_t length, off_t offset) {
    while (length > 0) {
        ssize_t written = real_pwrite(fd, bytes, length, offset);
        if (written <= 0) return;
        bytes += written, length -= (size_t)written, offset += written;
    }
}

static void undo(const struct change *change) {
    int fd = open(change->path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    put(fd, change->old_bytes, change->old_length, change->offset);
    if (real_ftruncate(fd, change->size_before)) {}
    close(fd);
}

static void do_again(const struct change *change, int torn) {
    int fd = open(change->path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (change->truncates && real_ftruncate(fd, change->offset)) {}
    for (size_t at = 0; at < change->new_length;) {
        size_t length = torn ? SECTOR - (size_t)((change->offset + (off_t)at) % SECTOR) : change->new_length;
        if (length > change->new_length - at) length = change->new_length - at;
        if (!torn || random_below(2)) put(fd, change->new_bytes + at, length, change->offset + (off_t)at);
        at += length;
    }
    close(fd);
}

/* Takes away what a flush that failed has left in the cache only. */
static void carry_out_doom(void) {
    for (struct change *change = newest; change; change = change->older) {
        int fd = change->doomed ? open(change->path, O_WRONLY | O_CLOEXEC) : -1;
        if (fd < 0) continue;
        for (size_t at = 0; at < change->new_length; at++) {
            unsigned char byte = at < change->old_length ? change->old_bytes[at] : 0;
            if (change->doomed[at]) put(fd, &byte, 1, change->offset + (off_t)at);
        }
        close(fd);
    }
}

/* Nobody may see the disk while it is put together: a child does that, when all threads of the process are gone. */
static void lose_power(void) {
    pid_t machine = getpid();
    pid_t child = fork();
    if (child < 0) abort();
    if (child > 0) {
        for (;;) pause();
    }
    kill(machine, SIGKILL);
    while (getppid() == machine) usleep(100);
    size_t count = 0;
    for (struct change *change = newest; change; change = change->older) {
        if (change->doomed) continue;
        undo(change);
        count++;
    }
    size_t kept = random_below(count + 1);
    int by_age = !strcmp(model, "prefix"), torn = !strcmp(model, "torn");
    size_t place = 0;
    for (struct change *change = oldest; change; change = change->newer) {
        if (change->doomed) continue;
        if (by_age ? place++ < kept : random_below(2)) do_again(change, torn);
    }
    /* Whoever waits for the end of the output has waited for all of this. */
    _exit(0);
}

static ssize_t watched_write(int fd, const char *path, const struct stat *status, const void *bytes, size_t length, off_t offset) {
    if (++writes == full) {
        errno = ENOSPC;
        return -1;
    }
    remember(fd, path, status, bytes, length, offset);
    ssize_t written = real_pwrite(fd, bytes, length, offset);
    if (writes == cut) lose_power();
    return written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) {
    char path[1024];
    struct stat status;
    pthread_mutex_lock(&lock);
    ssize_t written = is_watched(fd, path, &status) ? watched_write(fd, path, &status, bytes, length, offset)
                                                    : real_pwrite(fd, bytes, length, offset);
    pthread_mutex_unlock(&lock);
    return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return pwrite64(fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    char path[1024];
    struct stat status;
    /* Pipes must not wait for each other. */
    if (!is_watched(fd, path, &status)) return real_write(fd, bytes, length);
    pthread_mutex_lock(&lock);
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t written = fstat(fd, &status) ? -1 : watched_write(fd, path, &status, bytes, length, offset);
    if (written > 0) lseek(fd, offset + written, SEEK_SET);
    pthread_mutex_unlock(&lock);
    return written;
}

int ftruncate64(int fd, off_t size) {
    char path[1024];
    struct stat status;
    pthread_mutex_lock(&lock);
    if (is_watched(fd, path, &status)) {
        remember(fd, path, &status, NULL, 0, size);
    }
    int result = real_ftruncate(fd, size);
    pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate(int fd, off_t size) {
    return ftruncate64(fd, size);
}

int fsync(int fd) {
    char path[1024];
    struct stat status;
    if (!is_watched(fd, path, &status)) return real_fsync(fd);
    pthread_mutex_lock(&lock);
    int fails = ++flushes == fail;
    for (struct change *change = oldest, *next; change; change = next) {
        next = change->newer;
        if (!same_file(change, &status) || change->doomed) continue;
        if (!fails || change->truncates) {
            forget(change);
        } else {
            change->doomed = malloc(change->new_length + 1);
            if (!change->doomed) abort();
            memset(change->doomed, 1, change->new_length);
        }
    }
    pthread_mutex_unlock(&lock);
    if (fails) {
        errno = EIO;
        return -1;
    }
    /* It is on the disk as far as this one is concerned; the real one need not move for that. */
    return 0;
}

int fdatasync(int fd) {
    return fsync(fd);
}

__attribute__((destructor)) static void end(void) {
    pthread_mutex_lock(&lock);
    carry_out_doom();
    pthread_mutex_unlock(&lock);
}
