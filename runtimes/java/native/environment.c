// What a JVM cannot do to itself in Java: take its environment variables and working directory after it was
// started. Called once, before anything has read a variable (runtimes/java, Waiting).
#include <errno.h>
#include <jni.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kOrderPipe = 3 };

// All that comes until the end of the pipe, and a NUL byte.
static char* read_order(size_t* length) {
  size_t room = 65536;
  char* order = malloc(room + 1);
  *length = 0;
  while (order != NULL) {
    const ssize_t count = read(kOrderPipe, order + *length, room - *length);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    *length += (size_t)count;
    if (*length == room) order = realloc(order, (room *= 2) + 1);
  }
  if (order != NULL) order[*length] = '\0';
  close(kOrderPipe);
  return order;
}

// How many variables there are: none when whoever was to give them has ended.
JNIEXPORT jint JNICALL Java_haneul_runtime_Waiting_takeVariables(JNIEnv* jvm, jclass type) {
  (void)jvm;
  (void)type;
  size_t length = 0;
  char* order = read_order(&length);
  if (order == NULL) return 0;
  clearenv();
  jint taken = 0;
  // "NAME=value", each ended by a NUL byte.
  for (char* each = order; each < order + length; each += strlen(each) + 1) {
    char* equals = strchr(each, '=');
    if (equals == NULL) continue;
    *equals = '\0';
    if (setenv(each, equals + 1, 1) == 0) ++taken;
    *equals = '=';
  }
  free(order);
  return chdir("/var/task") == 0 ? taken : 0;
}
