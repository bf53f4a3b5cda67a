/*
 * The freeze protocol between two operator replicas, the API server, the pod and the storage: one workload, one pod with hooks in
 * shell mode, two snapshots. docs/design/0004-model.md says which part of the code each process stands for, and what is left out.
 *
 * Time is order, not duration: a deadline may pass at any moment that the code allows and at no other. Only the age of a freeze is
 * counted, in ticks, as it is what maxFreeze bounds.
 *
 * Macros; unset, this is the protocol as the code has it, in a world without faults:
 *   how many faults               CRASHES STREAM_FAULTS RESCUE_FAULTS KILLS STOPS
 *   how large the world           BACKUPS (1 or 2, one after the other), SNAPSHOTS (1 or 2), CLIENT_MODE (a client holds the lock)
 *   a protection taken away       NO_WRITE_AHEAD NO_NOT_AFTER NO_OWN_DEADLINE NO_PRE_HOOK_END NO_RESCUE NO_RESCUE_ON_TAKEOVER
 *                                 NO_VOID_TIME NO_FENCING NO_LEASE_MARGIN CUT_BEFORE_FROZEN THAW_ANY_SESSION
 *                                 VERDICT_IGNORES_SESSION_LOSS VERDICT_IGNORES_ORDER VERDICT_IGNORES_INTERRUPTION UNASKED_RESCUE
 *                                 RESCUES_LIVE_ON
 *   an assumption dropped         LATE_AFTER_RESCUE LATE_AFTER_TAKEOVER
 *                                 WOKEN_LEADER_ACTS STALE_WATCH FINAL_STAYS
 *   what would make up for it     PROVE_THAW GATED_EXECS LOOK_AGAIN
 */

#define FREEZES 2 /* attempts of one backup, and backups after it, together */
#define MAX_FREEZE 1 /* ticks */
#define RESCUES 3
#define NOBODY 9

#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef STOPS
#define STOPS 0
#endif
#ifndef STREAM_FAULTS
#define STREAM_FAULTS 0
#endif
#ifndef RESCUE_FAULTS
#define RESCUE_FAULTS 0
#endif
#ifndef KILLS
#define KILLS 0
#endif
#ifndef SNAPSHOTS
#define SNAPSHOTS 2
#endif
#ifndef BACKUPS
#define BACKUPS 2
#endif

/* -- what there is ------------------------------------------------------------------------------------------------------------- */

mtype:phase = { pending, freezing, uploading, final };
mtype:session = { unsent, sent, armed, frozen_unsaid, frozen, post, over, refused, killed, never_ran };
mtype:cause = { line, end_of_file, timer, pre_failed, term };
mtype:link = { open, ended, silent };
mtype:snapshot = { unmade, requested, cut, discarded };
mtype:answer = { waiting, accepted, conflict };

/* The VolumeBackup at the API server. */
mtype:phase phase = pending;
byte recorded = 0; /* the freeze that `freezing` is about */
byte backup = 0; /* its UID: a next backup of the same workload is another object */
bool knows_version[2] = false; /* this operator has the newest resourceVersion */

/* A freeze session: its exec, its program in the pod, the stream between the two, and what it is for. */
typedef Freeze {
  mtype:session at = unsent;
  mtype:cause why = line;
  byte age = 0; /* since the pre-hook began */
  mtype:link down = open; /* what the session sees of the stream */
  mtype:link up = open;   /* what the operator sees of it */
  byte owner = NOBODY;
  bool thaw_line = false, is_told_to_end = false;
  bool is_stamped = false; /* its not-after time is fixed */
  bool is_late = false;    /* that time has passed */
  bool is_rescued = false; /* a rescue has looked for it */
  bool is_awaited = false; /* a successor waits until it is late */
  bool pre_runs = false;   /* its pre-hook's process is there, and has not taken effect */
  mtype:snapshot snapshots[2] = unmade;
  bool was_frozen = true /* at each cut; what no operator can know */
}
Freeze freezes[FREEZES + 1]; /* from 1 */
byte begun = 0;

byte frozen_by = 0; /* what the application feels */

mtype:rescue = { unused, in_flight, told, asking, thawing, answered };
typedef Rescue {
  mtype:rescue at = unused;
  byte freeze = 0;
  byte owner = NOBODY; /* who hears the answer */
  bool waits = false   /* it found the session's program, and asked it to thaw */
}
Rescue rescues[RESCUES];

typedef Write {
  bool is_out = false;
  mtype:phase phase = pending;
  byte freeze = 0, backup = 0;
  bool is_current = false;
  bool verdict = false
}
Write writes[2];
mtype:answer answers[2] = waiting;

bool leads[2] = false;     /* by its own clock; another may act only after that time */
byte next_leader = 0;      /* by turns: a process that starts again is as good as another */
bool running[2] = true;    /* false while stopped */
bool acts[2] = false;      /* from its first Lease to its end as a process */
bool has_ended[2] = false; /* ended, or about to */

/* -- conditions ---------------------------------------------------------------------------------------------------------------- */

#define IS_LIVE(f) (freezes[f].at == armed || freezes[f].at == frozen_unsaid || freezes[f].at == frozen || freezes[f].at == post)
#define MAY_BE_FROZEN(f) (freezes[f].at == armed || freezes[f].at == frozen_unsaid || freezes[f].at == frozen)
#define ANY_LIVE (IS_LIVE(1) || IS_LIVE(2))
#define ALL_CUT(f) (freezes[f].snapshots[SNAPSHOTS - 1] == cut) /* the last one */

#ifdef NO_OWN_DEADLINE
#define TIMER_IS_DUE(f) false
#else
#define TIMER_IS_DUE(f) (MAY_BE_FROZEN(f) && freezes[f].age >= MAX_FREEZE)
#endif

/* An exec that is on its way when a rescue of its own operator looks for it never begins. One that is when a successor's does may begin
   while that waits for its not-after time; then it finds its stream ended, and has thawed before the wait is over. */
#ifdef NO_NOT_AFTER
#define MAY_BEGIN(f) (freezes[f].at == sent)
#define MAY_BE_LATE(f) false
#else
#if defined(LATE_AFTER_RESCUE)
#define MAY_BEGIN(f) (freezes[f].at == sent && !freezes[f].is_late)
#elif defined(LATE_AFTER_TAKEOVER)
#define MAY_BEGIN(f) (freezes[f].at == sent && !freezes[f].is_late && (!freezes[f].is_rescued || freezes[f].is_awaited))
#else
#define MAY_BEGIN(f) (freezes[f].at == sent && !freezes[f].is_late && (!freezes[f].is_rescued || (freezes[f].is_awaited && freezes[f].down == ended)))
#endif
#define MAY_BE_LATE(f) (freezes[f].at == sent)
#endif
#if defined(LATE_AFTER_RESCUE) || defined(LATE_AFTER_TAKEOVER)
#define IS_OVER_WHEN_VOID(f) true
#else
#define IS_OVER_WHEN_VOID(f) (!IS_LIVE(f))
#endif

/* A process that wakes up after its Lease ends before it does anything else. */
#ifdef WOKEN_LEADER_ACTS
#define MUST_END(me) has_ended[me]
#else
#ifdef NO_FENCING
#define MUST_END(me) has_ended[me]
#else
#define MUST_END(me) (acts[me] && (has_ended[me] || !leads[me]))
#endif
#endif

#ifdef GATED_EXECS
#define MAY_EXEC(me) leads[me]
#else
#define MAY_EXEC(me) true
#endif

/* A rescue says that it is there, and does nothing until its operator, if that still waits for it, tells it to thaw. That word may be
   on its way for any time. */
#define HAS_OWNER(r) (rescues[r].owner != NOBODY)
#define MAY_TELL(me) (running[me] && !MUST_END(me) && MAY_EXEC(me))
#ifdef UNASKED_RESCUE
#define IS_TOLD(r) true
#else
#define IS_TOLD(r) (HAS_OWNER(r) && MAY_TELL(rescues[r].owner))
#endif

#ifdef NO_FENCING
#define MAY_WRITE(me) true
#define IS_CURRENT(me) true
#else
#define MAY_WRITE(me) leads[me]
#define IS_CURRENT(me) writes[me].is_current
#endif

#ifdef NO_LEASE_MARGIN
#define MAY_LEAD(me) (next_leader == me)
#else
#define MAY_LEAD(me) (!leads[1 - me] && (next_leader == me || !running[1 - me]))
#endif

/* -- the pod ------------------------------------------------------------------------------------------------------------------- */

/* A pre-hook begins: I2, freezes of one workload never overlap, and none is of a backup that has ended or begun again. */
inline begin_pre_hook(f) {
  assert(!ANY_LIVE && frozen_by == 0);
  assert((phase != final && recorded <= f) || freezes[f].is_awaited);
  freezes[f].pre_runs = true;
  freezes[f].at = armed
}

inline take_effect(f) {
  assert(frozen_by == 0);
  frozen_by = f;
  freezes[f].pre_runs = false
}

/* What ends a freeze ends a pre-hook that still runs, then begins the post-hook. */
inline end_freeze(f, cause) {
#ifndef NO_PRE_HOOK_END
  freezes[f].pre_runs = false;
#endif
  freezes[f].why = cause;
  freezes[f].at = post
}

/* A post-hook takes effect: I2, it never undoes another session's freeze. */
inline undo_freeze(f) {
  assert(frozen_by == 0 || frozen_by == f);
  frozen_by = 0
}

/* The program is gone without its thaw. A client would read end-of-file and end; a pre-hook stays until it is found. */
inline kill_session(f) {
  freezes[f].at = killed;
#ifdef CLIENT_MODE
  freezes[f].pre_runs = false;
  if
  :: frozen_by == f -> frozen_by = 0
  :: else
  fi;
#endif
  freezes[f].up = ended
}

/* So that histories that make no difference any more are one state. */
inline forget_stream(f) {
  d_step {
    freezes[f].age = 0;
    freezes[f].down = open;
    freezes[f].thaw_line = false;
    freezes[f].is_told_to_end = false;
    if
    :: freezes[f].owner == NOBODY -> freezes[f].at = over
    :: else
    fi
  }
}

proctype session(byte f) {
  /* The exec is on its way; a stream that is lost meanwhile may take it along. */
  if
  :: atomic { MAY_BEGIN(f) -> begin_pre_hook(f) }
  :: atomic { MAY_BE_LATE(f) -> freezes[f].is_late = true; freezes[f].at = refused; goto done }
  :: atomic { freezes[f].at == sent && freezes[f].down != open -> freezes[f].at = never_ran; goto done }
  fi;
  do
  :: atomic { freezes[f].pre_runs -> take_effect(f); if :: freezes[f].at == armed -> freezes[f].at = frozen_unsaid :: else fi }
  :: atomic { freezes[f].at == frozen_unsaid -> freezes[f].at = frozen }
  :: atomic { freezes[f].at == armed || freezes[f].at == frozen_unsaid -> end_freeze(f, pre_failed) }
  :: atomic { MAY_BE_FROZEN(f) && freezes[f].thaw_line && freezes[f].down == open -> end_freeze(f, line) }
  :: atomic { MAY_BE_FROZEN(f) && freezes[f].down == ended -> end_freeze(f, end_of_file) }
  :: atomic { TIMER_IS_DUE(f) -> end_freeze(f, timer) }
  :: atomic { MAY_BE_FROZEN(f) && freezes[f].is_told_to_end ->
       assert(freezes[f].is_rescued); /* I2: no rescue ends another's session */
       end_freeze(f, term) }
  :: atomic { freezes[f].at == post -> undo_freeze(f); freezes[f].at = over }
  :: atomic { (freezes[f].at == over || freezes[f].at == killed) && !freezes[f].pre_runs -> break }
  od;
done:
  forget_stream(f)
}

#define TARGET rescues[r].freeze

/* Another rescue of the same session that has begun. */
inline end_rescue(other) {
  if
  :: other != r && rescues[other].freeze == f && (rescues[other].at == told || rescues[other].at == asking || rescues[other].at == thawing) ->
       rescues[other].at = unused;
       rescues[other].owner = NOBODY
  :: else
  fi
}

/* It looks for the session once, when it begins. */
inline look_for_session() {
  f = TARGET;
  freezes[f].is_rescued = true;
  rescues[r].waits = IS_LIVE(f);
#ifdef THAW_ANY_SESSION
  freezes[1].is_told_to_end = true;
  freezes[2].is_told_to_end = true;
#else
  if
  :: IS_LIVE(f) -> freezes[f].is_told_to_end = true
  :: else
  fi;
#endif
#ifndef RESCUES_LIVE_ON
  end_rescue(0); end_rescue(1); end_rescue(2);
#endif
  rescues[r].at = asking
}

inline run_post_hook() {
#ifndef CLIENT_MODE
  undo_freeze(f);
#endif
  if
  :: rescues[r].owner == NOBODY -> rescues[r].at = unused
  :: else -> rescues[r].at = answered
  fi;
  f = 0
}

proctype rescue(byte r) {
  byte f;
  do
  :: atomic { rescues[r].at == in_flight && IS_TOLD(r) -> rescues[r].at = told }
  :: atomic { rescues[r].at == in_flight && !(HAS_OWNER(r) && MAY_TELL(rescues[r].owner)) ->
       rescues[r].at = unused;
       rescues[r].owner = NOBODY }
  :: atomic { rescues[r].at == told -> look_for_session() }
  :: atomic { rescues[r].at == asking && rescues[r].waits && IS_LIVE(f) -> kill_session(f) }
  :: atomic { rescues[r].at == asking && (!rescues[r].waits || !IS_LIVE(f)) ->
       if
       :: freezes[f].at == killed || rescues[r].waits -> freezes[f].pre_runs = false
       :: else
       fi;
       rescues[r].at = thawing }
  :: atomic { rescues[r].at == thawing -> run_post_hook() }
  od
}

/* -- the API server and the storage -------------------------------------------------------------------------------------------- */

/* A write that names an older version is refused whenever it comes. */
inline outdate(other) {
  knows_version[other] = false;
  writes[other].is_current = false
}

inline accept(me) {
#ifdef FINAL_STAYS
  assert(phase != final);
#endif
  phase = writes[me].phase;
  recorded = writes[me].freeze;
  answers[me] = accepted;
  knows_version[me] = true;
  outdate(1 - me);
  /* I2: a backup that has ended is thawed. */
  assert(phase == freezing || (!IS_LIVE(recorded) && frozen_by != recorded));
  /* I3: `Application` means that every cut was made while this freeze held the application. */
  assert(!writes[me].verdict || (ALL_CUT(recorded) && freezes[recorded].was_frozen));
  if
  :: phase == final ->
       freezes[recorded].snapshots[0] = unmade; freezes[recorded].snapshots[1] = unmade;
       freezes[recorded].was_frozen = true
  :: else
  fi
}

inline serve(me) {
  if
  :: writes[me].backup == backup && IS_CURRENT(me) -> accept(me)
  :: else -> answers[me] = conflict
  fi;
  writes[me].is_out = false;
  writes[me].phase = pending; writes[me].freeze = 0; writes[me].is_current = false; writes[me].backup = 0; writes[me].verdict = false
}

/* A write may be on its way for any time, also when its sender has ended. */
proctype api_server() {
  do
  :: atomic { writes[0].is_out -> serve(0) }
  :: atomic { writes[1].is_out -> serve(1) }
  :: atomic { phase == final && begun < FREEZES && backup + 1 < BACKUPS -> /* the workload's next backup */
       phase = pending;
       backup++;
       outdate(0);
       outdate(1) }
  od
}

inline cut_snapshot(f, i) {
  freezes[f].snapshots[i] = cut;
  if
  :: frozen_by != f -> freezes[f].was_frozen = false
  :: else
  fi
}

/* One after the other: which is first makes no difference. */
proctype storage(byte f) {
  do
  :: atomic { freezes[f].snapshots[0] == requested -> cut_snapshot(f, 0) }
  :: atomic { SNAPSHOTS == 2 && freezes[f].snapshots[0] == cut && freezes[f].snapshots[1] == requested -> cut_snapshot(f, 1) }
  od
}

/* -- the operator -------------------------------------------------------------------------------------------------------------- */

/* Through the gate, over the wire, and again with a newer version after a conflict. */
inline write_status(new_phase, new_verdict) {
  do
  :: atomic { MAY_WRITE(me) && !writes[me].is_out ->
       writes[me].is_out = true;
       writes[me].phase = new_phase;
       writes[me].freeze = mine;
       writes[me].is_current = knows_version[me];
       writes[me].backup = known_backup;
       writes[me].verdict = new_verdict;
       answers[me] = waiting };
     if
     :: atomic { answers[me] == accepted && !writes[me].is_out -> answers[me] = waiting; break }
     :: atomic { answers[me] == conflict && !writes[me].is_out ->
#ifdef LOOK_AGAIN
          answers[me] = waiting;
          goto look
#else
          knows_version[me] = true;
          known_backup = backup;
          answers[me] = waiting
#endif
        }
     fi
  od
}

/* Until the not-after time of the freeze that this replica knows to have been asked for. */
inline let_exec_pass() {
  if
  :: must_wait && (freezes[mine].at == unsent || freezes[mine].at == sent) -> freezes[mine].is_late = true
  :: else
  fi
}

/* Until an answer comes: what is lost is sent again. */
inline rescue_pod() {
  do
  :: atomic { MAY_EXEC(me) && (rescues[0].at == unused || rescues[1].at == unused || rescues[2].at == unused) ->
#ifdef PROVE_THAW
       if
       :: is_proof -> let_exec_pass()
       :: else
       fi;
#endif
       if
       :: rescues[0].at == unused -> slot = 0
       :: else ->
            if
            :: rescues[1].at == unused -> slot = 1
            :: else -> slot = 2
            fi
       fi;
       rescues[slot].at = in_flight;
       rescues[slot].freeze = mine;
       rescues[slot].owner = me };
     if
     :: atomic { rescues[slot].owner == me && rescues[slot].at == answered -> rescues[slot].at = unused; rescues[slot].owner = NOBODY; break }
     :: rescues[slot].owner != me
     fi
  od
}

/* What is still on its way when the first rescue has done its work is void some time later; the next finds all that came before. */
inline prove_thaw() {
#ifdef PROVE_THAW
  is_proof = true;
  rescue_pod();
  is_proof = false
#else
  skip
#endif
}

inline discard_snapshots() {
  d_step {
    freezes[mine].snapshots[0] = discarded;
    freezes[mine].snapshots[1] = discarded;
    freezes[mine].was_frozen = true
  }
}

inline request_snapshots() {
  freezes[mine].snapshots[0] = requested;
  freezes[mine].snapshots[1] = requested
}

/* Its streams end with it, or nobody notices: a machine that lost its power says nothing. */
inline lose_stream(f) {
  if
  :: freezes[f].owner == me ->
       freezes[f].owner = NOBODY;
       if
       :: freezes[f].down == open -> freezes[f].down = ended
       :: freezes[f].down == open -> freezes[f].down = silent
       :: freezes[f].down != open
       fi
  :: else
  fi
}

inline end_process() {
  leads[me] = false;
  acts[me] = false;
  has_ended[me] = false;
  lose_stream(1);
  lose_stream(2);
  for (slot : 0 .. RESCUES - 1) {
    if
    :: rescues[slot].owner == me ->
         rescues[slot].owner = NOBODY;
         if
         :: rescues[slot].at == answered -> rescues[slot].at = unused
         :: else
         fi
    :: else
    fi
  };
  mine = 0; slot = 0; known_backup = 0; has_looked = false; heard_frozen = false; in_time = false; by_line = false; must_wait = false;
  fails = false; verdict = false;
#ifdef PROVE_THAW
  is_proof = false;
#endif
  skip
}

#define HEARS(state) (freezes[mine].up == open && freezes[mine].at == state)
#define LOST_STREAM (freezes[mine].up == ended)
#define HAS_REQUESTED (freezes[mine].snapshots[0] != unmade)

/* What nobody reads any more; but what the other replica leads is not ours to forget. */
inline forget_freeze() {
  d_step {
    if
    :: freezes[mine].owner != 1 - me || !leads[1 - me] ->
         freezes[mine].up = open;
         freezes[mine].why = line;
         freezes[mine].owner = NOBODY;
         if
         :: freezes[mine].at == unsent || freezes[mine].at == sent || IS_LIVE(mine)
         :: else ->
              freezes[mine].at = over;
              freezes[mine].down = open; freezes[mine].thaw_line = false; freezes[mine].is_told_to_end = false;
              freezes[mine].is_stamped = false; freezes[mine].is_late = false; freezes[mine].is_rescued = false; freezes[mine].is_awaited = false
         fi
    :: else
    fi;
    heard_frozen = false; in_time = false; by_line = false; fails = false
  }
}

proctype replica(byte me) provided (running[me]) {
  byte mine, slot, known_backup;
  bool has_looked, heard_frozen, in_time, by_line, must_wait, fails, verdict;
#ifdef PROVE_THAW
  bool is_proof;
#endif

standby:
  {
    atomic { MAY_LEAD(me) -> leads[me] = true; acts[me] = true; next_leader = 1 - me };
look:
    atomic { phase != final ->
      knows_version[me] = true;
      known_backup = backup;
      mine = recorded;
      if
      :: phase == pending -> goto begin
      :: phase == uploading -> goto ready
      :: phase == freezing -> must_wait = freezes[mine].is_stamped; goto clear_up
#ifdef STALE_WATCH
      :: phase == freezing && !has_looked -> knows_version[me] = false; goto begin
#endif
      fi
    };

clear_up:
    has_looked = true;
#ifndef NO_RESCUE_ON_TAKEOVER
    rescue_pod();
#ifdef LATE_AFTER_TAKEOVER
    freezes[mine].is_awaited = true;
#endif
    prove_thaw();
#endif
    if
    :: atomic { ALL_CUT(mine) ->
#ifdef VERDICT_IGNORES_INTERRUPTION
         verdict = true;
#endif
         goto upload }
    :: atomic { !ALL_CUT(mine) -> discard_snapshots(); freezes[mine].is_awaited = true }
    fi;
    atomic {
#ifndef NO_VOID_TIME
      IS_OVER_WHEN_VOID(mine) -> let_exec_pass();
#endif
      forget_freeze()
    };

begin:
    atomic { begun < FREEZES ->
      begun++;
      mine = begun;
      has_looked = true;
      heard_frozen = false; in_time = false; by_line = false; fails = false; verdict = false
    };
#ifndef NO_WRITE_AHEAD
    write_status(freezing, false);
#endif
    atomic { MAY_EXEC(me) -> freezes[mine].is_stamped = true; freezes[mine].owner = me };
    atomic { freezes[mine].at == unsent -> freezes[mine].at = sent
#ifdef CUT_BEFORE_FROZEN
      ; request_snapshots()
#endif
    };
#ifdef NO_WRITE_AHEAD
    write_status(freezing, false);
#endif

hold:
    if
    :: atomic { HEARS(frozen) && !heard_frozen -> heard_frozen = true; request_snapshots(); goto hold }
    :: atomic { ALL_CUT(mine) -> in_time = true; freezes[mine].thaw_line = true }
    :: atomic { HEARS(over) || HEARS(refused) -> goto released } /* by itself */
    :: atomic { LOST_STREAM -> goto lost }
    :: atomic { !ALL_CUT(mine) -> fails = true; freezes[mine].thaw_line = true } /* cancelled, stopping, snapshot error, deadline */
    :: atomic { !heard_frozen -> freezes[mine].thaw_line = true }                /* CrashConsistent, and the freeze takes too long */
    fi;
    if
    :: atomic { HEARS(over) || HEARS(refused) -> by_line = (freezes[mine].at == over && freezes[mine].why == line); goto released }
    :: skip /* lost, or not confirmed in time */
    fi;

lost:
    must_wait = true;
#ifndef NO_RESCUE
    rescue_pod();
    prove_thaw();
#endif
#ifndef LATE_AFTER_RESCUE
    atomic { let_exec_pass() };
#endif

released:
    /* A freeze that ended too early fails the backup, or lowers its verdict. */
    if
    :: atomic { fails || !ALL_CUT(mine) -> discard_snapshots(); forget_freeze(); goto close }
    :: atomic { !fails && HAS_REQUESTED && ALL_CUT(mine) ->
#if defined(VERDICT_IGNORES_SESSION_LOSS)
         verdict = heard_frozen && in_time
#elif defined(VERDICT_IGNORES_ORDER)
         verdict = by_line
#else
         verdict = heard_frozen && in_time && by_line
#endif
       }
    :: atomic { !fails && !HAS_REQUESTED -> request_snapshots(); goto released }
    fi;

upload:
    forget_freeze();
    write_status(uploading, verdict);

ready:
    skip;

close:
    write_status(final, false);
    atomic { slot = 0; verdict = false; must_wait = false };
    goto look
  } unless { atomic { MUST_END(me) -> end_process() } };
  goto standby
}

/* -- time and faults ----------------------------------------------------------------------------------------------------------- */

inline grow_older(f) {
  if
  :: MAY_BE_FROZEN(f) ->
       freezes[f].age++;
       assert(freezes[f].age <= MAX_FREEZE) /* I1 */
  :: else
  fi
}

#define HAS_SILENT_STREAM(f) (freezes[f].down == silent && freezes[f].owner == NOBODY)

/* What comes in any case, sooner or later. */
proctype time() {
  do
  :: atomic { (MAY_BE_FROZEN(1) || MAY_BE_FROZEN(2)) && !TIMER_IS_DUE(1) && !TIMER_IS_DUE(2) ->
       grow_older(1); grow_older(2) }
  :: atomic { HAS_SILENT_STREAM(1) -> freezes[1].down = ended }
  :: atomic { HAS_SILENT_STREAM(2) -> freezes[2].down = ended }
  :: atomic { acts[0] && !leads[0] && running[0] && !has_ended[0] -> has_ended[0] = true }
  od
}

inline break_stream(f) {
  if
  :: freezes[f].down == open -> freezes[f].down = ended
  :: freezes[f].down == open -> freezes[f].down = silent
  :: true
  fi;
  if
  :: freezes[f].up == open -> freezes[f].up = ended
  :: freezes[f].up == open -> freezes[f].up = silent
  :: true
  fi
}

#define HAS_STREAM(f) (freezes[f].at != unsent && freezes[f].owner != NOBODY)

inline end_if_last() {
  if
  :: crashes == 0 && stops == 0 && stream_faults == 0 && rescue_faults == 0 && kills == 0 && running[0] -> goto done
  :: else
  fi
}

/*
 * What may come. It may end at any moment, so that what a fault would mend is seen too. Only the first leader
 * ends or is stopped: the second is as good as the first. It is stopped until its Lease is over, or it would only be slow.
 */
proctype faults() {
  byte crashes = CRASHES, stops = STOPS, stream_faults = STREAM_FAULTS, rescue_faults = RESCUE_FAULTS, kills = KILLS;
  do
  :: atomic { crashes > 0 && leads[0] && running[0] -> crashes--; has_ended[0] = true; end_if_last() }
  :: atomic { stops > 0 && leads[0] && running[0] -> stops--; running[0] = false; leads[0] = false }
  :: atomic { !running[0] -> running[0] = true; end_if_last() }
  :: atomic { stream_faults > 0 && HAS_STREAM(1) -> stream_faults--; break_stream(1); end_if_last() }
  :: atomic { stream_faults > 0 && HAS_STREAM(2) -> stream_faults--; break_stream(2); end_if_last() }
  :: atomic { rescue_faults > 0 && rescues[0].owner != NOBODY && rescues[0].at != answered ->
       rescue_faults--;
       rescues[0].owner = NOBODY;
       end_if_last() }
  :: atomic { rescue_faults > 0 && rescues[1].owner != NOBODY && rescues[1].at != answered ->
       rescue_faults--;
       rescues[1].owner = NOBODY;
       end_if_last() }
  :: atomic { kills > 0 && IS_LIVE(1) && !freezes[1].is_awaited -> kills--; kill_session(1); end_if_last() }
  :: atomic { kills > 0 && IS_LIVE(2) && !freezes[2].is_awaited -> kills--; kill_session(2); end_if_last() }
  :: atomic { true -> crashes = 0; stream_faults = 0; rescue_faults = 0; kills = 0; stops = 0; break }
  od;
done:
  skip
}

/* When nothing moves any more: everything is thawed, and the backup has ended. */
proctype observer() {
  timeout ->
  assert(frozen_by == 0 && !ANY_LIVE);
  assert(phase == final || begun == FREEZES)
}

init {
  atomic {
    run session(1); run session(2);
    run storage(1); run storage(2);
    run rescue(0); run rescue(1); run rescue(2);
    run api_server(); run replica(0); run replica(1); run time(); run faults(); run observer()
  }
}
