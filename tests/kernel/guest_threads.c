/*
 * Eight threads: a mutex, a condition, thread-local data and memory of their own that is paged.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 8
#define STEPS	1000
#define BYTES	100000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
static int steps, done, wrong;
static __thread long own;

static void *work(void *arg)
{
	char *memory = malloc(BYTES);
	int bad = 0;

	own = (long)arg;
	for (int i = 0; i < STEPS; i++) {
		pthread_mutex_lock(&mutex);
		steps++;
		pthread_mutex_unlock(&mutex);
	}
	memset(memory, (int)own, BYTES);
	for (int i = 0; i < BYTES; i++)
		bad += memory[i] != (char)own;
	free(memory);
	pthread_mutex_lock(&mutex);
	wrong += bad + (own != (long)arg);
	done++;
	pthread_cond_signal(&finished);
	pthread_mutex_unlock(&mutex);
	return arg;
}

int main(void)
{
	pthread_t thread[THREADS];

	for (long i = 0; i < THREADS; i++) {
		if (pthread_create(&thread[i], NULL, work, (void *)(i + 1)) != 0) {
			perror("pthread_create");
			return 1;
		}
	}
	pthread_mutex_lock(&mutex);
	while (done < THREADS)
		pthread_cond_wait(&finished, &mutex);
	pthread_mutex_unlock(&mutex);
	for (long i = 0; i < THREADS; i++) {
		void *result;

		pthread_join(thread[i], &result);
		wrong += result != (void *)(i + 1);
	}
	printf("%d threads: %d steps, %d wrong bytes\n", THREADS, steps, wrong);
	return 0;
}
