/*
 * Preloaded into a server: writes down, in their order, what it does to the files of one folder, so that a test can build
 * every state in which a power cut might have left them. Takes RECORD_FOLDER and RECORD_TO, absolute paths; the second one
 * gets one record after the other:
 *
 *   operation (1 byte), length of the name (2), length of the data (4), offset (8), name, data; numbers little-endian
 *
 *   C create   W write   T truncate   S sync   F sync that failed   U unlink   R rename   L link (data: the new name)
 *
 * A record is written before the call that it tells of returns, so that the length of RECORD_TO, read when a response has
 * arrived, covers everything that the response rests on. A file RECORD_TO.fail makes calls fail: `sync` with EIO,
 * `write` with ENOSPC, after half of it was written.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *names[FILES]; /* by descriptor: relative to the folder; "" is the folder itself */
static char folder[PATH_MAX], failing[PATH_MAX];
static int to = -1;

__attribute__((constructor)) static void begin(void) {
  const char *from = getenv("RECORD_FOLDER"), *target = getenv("RECORD_TO");
  if (!from || !target) return;
  snprintf(folder, sizeof folder, "%s", from);
  snprintf(failing, sizeof failing, "%s.fail", target);
  to = syscall(SYS_openat, AT_FDCWD, target, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (to < 0) abort();
}

static const char *inside(const char *path) {
  size_t length = strlen(folder);
  if (to < 0 || strncmp(path, folder, length) != 0) return NULL;
  if (path[length] == 0) return "";
  return path[length] == '/' ? path + length + 1 : NULL;
}

static const char *name_of(int fd) { return fd >= 0 && fd < FILES ? names[fd] : NULL; }

/* What is rebuilt after a crash, or holds nothing, is left out. */
static int is_kept(const char *name) {
  return name && name[0] && !strstr(name, "-shm") && !strstr(name, "comserv.lock");
}

static void record(char operation, const char *name, uint64_t offset, const void *data, uint32_t bytes) {
  uint16_t length = strlen(name);
  char head[15];
  head[0] = operation;
  memcpy(head + 1, &length, 2);
  memcpy(head + 3, &bytes, 4);
  memcpy(head + 7, &offset, 8);
  struct iovec parts[] = {{head, sizeof head}, {(void *)name, length}, {(void *)data, bytes}};
  if (syscall(SYS_writev, to, parts, 3) != (long)(sizeof head + length + bytes)) abort();
}

static int fails(const char *what) {
  char text[16] = "";
  int fd = syscall(SYS_openat, AT_FDCWD, failing, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return 0;
  long length = syscall(SYS_read, fd, text, sizeof text - 1);
  syscall(SYS_close, fd);
  return length > 0 && strncmp(text, what, strlen(what)) == 0;
}

static int opened(int fd, const char *path, int existed) {
  const char *name = fd >= 0 ? inside(path) : NULL;
  if (!name || fd >= FILES) return fd;
  names[fd] = strdup(name);
  if (!existed && is_kept(name)) record('C', name, 0, NULL, 0);
  return fd;
}

static int open_at(int at, const char *path, int flags, mode_t mode) {
  pthread_mutex_lock(&lock);
  int existed = access(path, F_OK) == 0;
  int fd = syscall(SYS_openat, at, path, flags, mode);
  int error = errno;
  opened(fd, path, existed);
  if (fd >= 0 && (flags & O_TRUNC) && is_kept(name_of(fd))) record('T', names[fd], 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return fd;
}

#define MODE(flags) va_list list; va_start(list, flags); mode_t mode = va_arg(list, mode_t); va_end(list)
int open(const char *path, int flags, ...) { MODE(flags); return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags); return open_at(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags); return open_at(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags); return open_at(at, path, flags, mode); }

int close(int fd) {
  pthread_mutex_lock(&lock);
  if (fd >= 0 && fd < FILES && names[fd]) free(names[fd]), names[fd] = NULL;
  int result = syscall(SYS_close, fd), error = errno;
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

/* At the offset, or at the position of the descriptor where it is negative. */
static ssize_t written(int fd, const void *data, size_t bytes, off64_t offset) {
  if (!is_kept(name_of(fd)))
    return offset < 0 ? syscall(SYS_write, fd, data, bytes) : syscall(SYS_pwrite64, fd, data, bytes, offset);
  pthread_mutex_lock(&lock);
  int is_full = fails("write");
  if (is_full) bytes = bytes / 2;
  off64_t at = offset < 0 ? syscall(SYS_lseek, fd, 0, SEEK_CUR) : offset;
  ssize_t result = offset < 0 ? syscall(SYS_write, fd, data, bytes) : syscall(SYS_pwrite64, fd, data, bytes, offset);
  int error = errno;
  if (result > 0) record('W', names[fd], at, data, result);
  pthread_mutex_unlock(&lock);
  errno = is_full ? ENOSPC : error;
  return is_full ? -1 : result;
}

ssize_t write(int fd, const void *data, size_t bytes) { return written(fd, data, bytes, -1); }
ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset) { return written(fd, data, bytes, offset); }
ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t offset) { return written(fd, data, bytes, offset); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (!is_kept(name_of(fd))) return syscall(SYS_writev, fd, parts, count);
  ssize_t sum = 0;
  for (int i = 0; i < count; i++) {
    ssize_t result = written(fd, parts[i].iov_base, parts[i].iov_len, -1);
    if (result < 0) return sum > 0 ? sum : -1;
    sum += result;
  }
  return sum;
}

static int synced(int fd, long call) {
  const char *name = name_of(fd);
  if (!name || (name[0] && !is_kept(name))) return syscall(call, fd);
  pthread_mutex_lock(&lock);
  int is_broken = fails("sync");
  int result = is_broken ? -1 : syscall(call, fd);
  int error = is_broken ? EIO : errno;
  record(result == 0 ? 'S' : 'F', name, 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int truncated(int fd, off64_t length) {
  pthread_mutex_lock(&lock);
  int result = syscall(SYS_ftruncate, fd, length), error = errno;
  if (result == 0 && is_kept(name_of(fd))) record('T', names[fd], length, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int ftruncate(int fd, off_t length) { return truncated(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncated(fd, length); }

static int moved(char operation, const char *from, const char *target) {
  pthread_mutex_lock(&lock);
  int result = operation == 'U'   ? syscall(SYS_unlinkat, AT_FDCWD, from, 0)
               : operation == 'R' ? syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, target, 0)
                                  : syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, target, 0);
  int error = errno;
  const char *old = inside(from), *new = target ? inside(target) : NULL;
  if (result == 0 && is_kept(old)) record(operation, old, 0, new ? new : "", new ? strlen(new) : 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int unlink(const char *path) { return moved('U', path, NULL); }
int rename(const char *from, const char *target) { return moved('R', from, target); }
int link(const char *from, const char *target) { return moved('L', from, target); }

/* Nothing may change a file of the folder unseen. */
ssize_t pwritev(int fd, const struct iovec *p, int n, off_t at) {
  if (is_kept(name_of(fd))) abort();
  return syscall(SYS_pwritev, fd, p, n, at, 0);
}
int fallocate(int fd, int mode, off_t offset, off_t length) {
  if (is_kept(name_of(fd))) abort();
  return syscall(SYS_fallocate, fd, mode, offset, length);
}
