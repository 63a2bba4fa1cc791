/* The wake protocol of native/src/environment/mailbox.cc: two posters, one reader, a queue, and wake-ups, of which one may be lost.
 *
 * What must hold: as it stands, with -DEVENTFD (one read takes all wake-ups), with -DLOSES -DWATCHDOG (a lost wake-up is repeated).
 * Mutations that the check must find: -DTAKE_FIRST (the reader takes before it arms), -DSTOP_POLLING (a reader that looks again by itself stops because it found nothing, before it is armed),
 * -DEVENTFD -DREAD_LATE (the eventfd is read after the take), -DLOSES (nobody repeats a lost ring).
 * scripts/model.mjs runs them all.
 */

#ifndef LETTERS
#define LETTERS 2
#endif

byte queued = 0;       /* letters in the queue, under the mutex: d_step */
byte opened = 0;       /* messages that the reader has taken */
bool armed = true;
byte wakeups = 0;        /* wake-ups on their way: calls of the threadsafe function, or the eventfd's count */
#ifdef LOSES
bool loses = true; /* one wake-up is lost at most */
#endif

#ifdef STOP_POLLING
bool polling = false;
#endif

inline ring() {
  if
  :: wakeups++
#ifdef LOSES
  :: loses -> loses = false
#endif
  fi
}

/* p1, p2 */
inline post() {
  queued++;
  d_step { was = armed; armed = false };
  if
#ifdef STOP_POLLING
  :: polling -> skip /* the reader looks by itself */
#endif
  :: was -> ring()
  :: else -> skip
  fi
}

proctype Poster() {
  byte sent = 0;
  bool was;
  do
  :: sent < LETTERS -> post(); sent++
  :: else -> break
  od
}

inline take() {
  d_step { opened = opened + queued; queued = 0 }
}

active proctype Reader() {
end:
  do
  :: wakeups > 0 ->
#ifndef READ_LATE
#ifdef EVENTFD
    wakeups = 0;
#else
    wakeups--;
#endif
#endif
#ifdef TAKE_FIRST
    take();
    armed = true
#else
    armed = true;
    take()
#endif
#ifdef READ_LATE
    ;
    wakeups = 0
#endif
#ifdef STOP_POLLING
    ;
    polling = true;
    do
    :: queued > 0 -> take()
    :: queued == 0 -> break
    od;
    armed = true;
    polling = false
#endif
  od
}

#ifdef WATCHDOG
/* Repeats the ring of a wake that is unanswered. */
active proctype Watchdog() {
end:
  do
  :: !armed && wakeups == 0 -> wakeups++
  od
}
#endif

/* Where nothing can move any more and this waits still, a letter was left lying: an invalid end state. */
init {
  atomic { run Poster(); run Poster() };
  opened == 2 * LETTERS
}
