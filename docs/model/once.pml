/*
 * The protocol of Once: clients that use one mark, a server, a network that loses and delays, a marker that expires.
 *
 * README.md says what this models and what ./check proves with it. The macros:
 *
 *	CLIENTS, EXECS  the number of clients, and of the EXECs that each of them may send
 *	FAULTS          a kinder world: each client fails at most that often, nothing else ends a call, nothing expires
 *	FENCES          also calls that have no more to execute while an EXEC is in doubt
 *	LIVENESS        adds the claim that every call gets an answer
 *	ONLY            the one property to check
 *	STRICT          a client that says Unknown rather than what WHOSE forbids
 *
 * All others are mistakes: README.md lists them.
 */

#ifndef CLIENTS
#define CLIENTS 2
#endif
#ifndef EXECS
#define EXECS 2
#endif

/* A client leaves a connection with each EXEC that is not answered; it needs one more to look. */
#define CONNECTIONS (EXECS + 1)
#define SOCKETS (CLIENTS * CONNECTIONS)

/* The properties. */
#define LIVE 1
#define CALL 2
#define FINAL 3
#define TOLD 4
#define RUN 5
#define HEALS 6
#define WHOSE 7
#ifdef ONLY
#define check(property, holds) assert(property != ONLY || (holds))
#else
#define check(property, holds) assert(property == WHOSE || (holds)) /* WHOSE is not promised */
#endif

/*
 * EXEC stands for MULTI, the commands of the transaction, SET of the marker, and EXEC; FENCE for MULTI, SET of the marker,
 * DEL of it, and EXEC.
 */
mtype = { WATCH, GET, EXEC, FENCE };

/* NULL is the reply to GET if there is no marker, and to EXEC after a conflict; ARRAY is that of the others. */
mtype = { NULL, STRING, ARRAY };

mtype = { Applied, RepliesLost, AlreadyApplied, NotApplied, Unknown };

/*
 * The network. A request that is never received is lost. So is a reply that the client does not wait for. A request on
 * a connection that the client has closed may be received at any later time. What one connection delivers is in order.
 */
#if defined(REUSE) || defined(ONE_WRITE)
#define DEPTH 4
#else
#define DEPTH 2
#endif
chan request[SOCKETS] = [DEPTH] of { mtype, byte };     /* EXEC: the attempt */
chan reply[SOCKETS] = [DEPTH] of { mtype, byte, byte }; /* STRING: token and attempt */
bool closed[SOCKETS];

/* The server. */
#define IDLE 0
#define WATCHING 1
#define DIRTY 2
byte watch[SOCKETS];
byte token;   /* the marker: that of the call that has set it, or 0 if there is no marker ... */
byte attempt; /* ... and which of its attempts has */

/* The truth about the calls. */
byte applied[CLIENTS]; /* the attempt of the call that was applied, or 0 */
mtype answer[CLIENTS];
bool begun[CLIENTS];
bool since[CLIENTS];   /* some transaction has been applied since the call began */

/* Time. */
bool opened[CLIENTS]; /* the client's window has begun: the time in which it may send EXEC */
bool over[CLIENTS];   /* the window has ended, after half of the ttl */
bool holds[CLIENTS];  /* a marker was set after the window had begun, so it outlives the window */

#if CLIENTS == 1
#define every(p) (p(0))
#elif CLIENTS == 2
#define every(p) (p(0) && p(1))
#else
#define every(p) (p(0) && p(1) && p(2))
#endif
#define notApplied(c) (applied[c] == 0)
#define answered(c) (answer[c] != 0)
/* A call that has its answer sends nothing any more, so what time it is there does not matter. */
#ifdef EVICTED
#define outlived(c) true
#else
#define outlived(c) (!holds[c] || over[c] || answered(c))
#endif

inline touch() {
	for (i : 0 .. SOCKETS - 1) {
		if
		:: watch[i] == WATCHING -> watch[i] = DIRTY
		:: else
		fi
	}
	i = 0
}

inline apply(c, n) {
	printf("server: EXEC of client %d, attempt %d, is applied\n", c, n);
	check(LIVE, token == 0);
	check(CALL, !since[c]);
	check(FINAL, answer[c] != NotApplied && answer[c] != AlreadyApplied);
	applied[c] = n;
	token = c + 1;
	attempt = n;
	touch();
	for (i : 0 .. CLIENTS - 1) {
		since[i] = since[i] || begun[i];
		holds[i] = holds[i] || opened[i]
	}
	i = 0
}

inline send(kind, first, second) {
	if
	:: closed[s]
	:: else -> reply[s]!kind(first, second)
	fi
}

/* The server's side of one connection of client c. It executes each command in one step, as Redis does. */
proctype Connection(byte s, c) {
	byte n, i;
end:
	do
	:: atomic {
		request[s]?WATCH(_) ->
		if
		:: watch[s] == IDLE -> watch[s] = WATCHING
		:: else
		fi
	}
	:: atomic {
		request[s]?GET(_) ->
		if
		:: token == 0 -> printf("server: GET of client %d: there is no marker\n", c); send(NULL, 0, 0)
		:: token != 0 -> printf("server: GET of client %d: the marker of client %d\n", c, token - 1); send(STRING, token, attempt)
		fi
	}
	/* An EXEC that fails without anybody to hear of it is as good as lost; it is left out for the sake of fewer states. */
	:: atomic {
		request[s]?[EXEC, _] && !(closed[s] && watch[s] == DIRTY) ->
		request[s]?EXEC(n);
		if
		:: watch[s] != DIRTY -> watch[s] = IDLE; apply(c, n); send(ARRAY, 0, 0)
		:: watch[s] == DIRTY -> printf("server: EXEC of client %d, attempt %d, conflicts\n", c, n); send(NULL, 0, 0)
#ifndef FAULTS
		:: watch[s] == WATCHING && !closed[s] -> send(NULL, 0, 0) /* another watched key has changed */
#endif
		fi;
		watch[s] = IDLE;
		n = 0
	}
#ifdef FENCES
	:: atomic {
		request[s]?FENCE(_) ->
		if
		:: watch[s] != DIRTY ->
			printf("server: fence of client %d\n", c);
			token = 0;
			attempt = 0;
			touch();
			send(ARRAY, 0, 0)
		:: watch[s] == DIRTY -> printf("server: fence of client %d conflicts\n", c); send(NULL, 0, 0)
		fi;
		watch[s] = IDLE
	}
#endif
	od
}

proctype Expiry() {
	byte i;
end:
	do
	:: atomic {
		token != 0 && every(outlived) ->
		printf("server: the marker expires\n");
		token = 0;
		attempt = 0;
		if
		:: touch()
		:: true /* servers differ in whether this touches the key */
		fi
	}
	od
}

proctype Window(byte c) {
end:
	atomic {
		opened[c] && !answered(c) ->
		printf("client %d: its window is over\n", c);
		over[c] = true
	}
}

/* The client. */

#ifdef NO_WINDOW
#define OVER false
#else
#define OVER over[c]
#endif
#ifdef CHECK_EARLY
#define TOO_LATE late
#else
#define TOO_LATE OVER
#endif

#ifdef FENCE_ANY_TIME
#define TOO_LATE_TO_FENCE false
#else
#define TOO_LATE_TO_FENCE OVER
#endif

#ifdef FAULTS
#define FAILS (faults < FAULTS) -> faults++
#define MAY_STOP false
#else
#define FAILS true    /* the connection is lost, or the client does not wait any longer */
#define MAY_STOP true /* ctx has ended, or the attempts are used up */
#endif

#define SOCKET (c * CONNECTIONS + used)

/* drop closes a connection on which no EXEC is under way: whatever else is has no effect. Its place is used again. */
inline drop() {
	d_step {
		do
		:: request[SOCKET]?_(_)
		:: empty(request[SOCKET]) -> break
		od;
		do
		:: reply[SOCKET]?_(_, _)
		:: empty(reply[SOCKET]) -> break
		od;
		watch[SOCKET] = IDLE
	}
}

/* leave closes a connection on which an EXEC may be under way, and dials. */
inline leave() {
	d_step {
		printf("client %d: closes, dials\n", c);
		do
		:: reply[SOCKET]?_(_, _)
		:: empty(reply[SOCKET]) -> break
		od;
		closed[SOCKET] = true;
		used++
	}
}

/* ask sends WATCH and GET of the marker in one write. */
inline ask() {
	atomic {
		printf("client %d: WATCH, GET\n", c);
#ifdef GET_FIRST
		request[SOCKET]!GET(0);
#endif
#if defined(FIRST_BARE)
		if
		:: n == 0
		:: n != 0 -> request[SOCKET]!WATCH(0)
		fi;
#elif !defined(NAIVE)
		request[SOCKET]!WATCH(0);
#endif
#ifndef GET_FIRST
		request[SOCKET]!GET(0)
#endif
	}
}

/* commit sends the transaction. */
inline commit() {
#ifdef OTHER_CONNECTION
	drop();
#endif
	atomic {
		n++;
		printf("client %d: EXEC, attempt %d\n", c, n);
		request[SOCKET]!EXEC(n);
		opened[c] = true
	}
}

/* tell answers the caller, and forgets the time: fewer states. */
inline tell(what) {
	answer[c] = what;
	holds[c] = false;
	over[c] = false;
	printf("client %d: answers %e\n", c, what)
}

proctype Client(byte c) {
	byte used;  /* connections left */
	byte n;     /* attempts: EXECs sent */
	byte whose; /* the token found */
	byte which; /* the attempt found */
	bool doubt; /* some EXEC was sent and not answered */
#ifdef FAULTS
	byte faults;
#endif
#ifdef CHECK_EARLY
	bool late;
#endif

	atomic {
		(c == 0 || begun[c - 1]) -> /* they are all alike, so let that of number 0 be the first call */
		begun[c] = true;
#ifndef FROM_COMMIT
		opened[c] = true
#endif
	}

begin:
#ifdef CHECK_EARLY
	late = over[c];
#endif
	ask();
#ifndef ONE_WRITE
	if
	:: reply[SOCKET]?NULL(_, _)
	:: reply[SOCKET]?STRING(whose, which) -> goto found
#ifdef REUSE
	:: reply[SOCKET]?ARRAY(_, _) -> goto failed
#endif
	:: FAILS -> goto failed
	fi;
#endif
#ifdef TRUST_NONE
	if
	:: doubt -> doubt = false; goto stop
	:: !doubt
	fi;
#endif
	if
#ifdef FENCES
	:: doubt -> goto fence /* the closure has returned an error this time, or its commands are refused */
#endif
	:: TOO_LATE || n == EXECS -> goto stop
	:: !TOO_LATE && n < EXECS
	fi;
	/* The window may end here, before EXEC is sent: what it bounds is when GET was executed. */
	commit();
#ifdef ONE_WRITE
	if
	:: reply[SOCKET]?NULL(_, _)
	:: reply[SOCKET]?STRING(whose, which)
	:: FAILS -> goto lost
	fi;
#endif
	if
	:: atomic {
		reply[SOCKET]?ARRAY(_, _) ->
		check(TOLD, applied[c] != 0);
		check(RUN, applied[c] == n);
		tell(Applied);
		goto done
	}
	:: reply[SOCKET]?NULL(_, _) -> /* a conflict. The connection is as new, and the next attempt looks. */
		if
		:: MAY_STOP -> goto stop
		:: true -> goto begin
		fi
#ifdef REUSE
	:: reply[SOCKET]?STRING(_, _)
#endif
	:: FAILS
	fi;
lost:
	doubt = true;
#ifndef REUSE
	leave();
#endif
	goto again;
failed:
	drop();
again:
	if
	:: MAY_STOP || OVER -> goto stop
	:: !OVER -> goto begin
	fi;
#ifdef FENCES
fence:
	drop();
#ifdef FENCE_BARE
	request[SOCKET]!GET(0);
#else
	ask();
#endif
	if
	:: reply[SOCKET]?NULL(_, _)
	:: reply[SOCKET]?STRING(whose, which) -> goto found
	:: FAILS -> goto unfenced
	fi;
	if
	:: TOO_LATE_TO_FENCE -> goto stop
	:: !TOO_LATE_TO_FENCE
	fi;
	atomic {
		printf("client %d: SET, DEL\n", c);
		request[SOCKET]!FENCE(0)
	}
	if
	:: reply[SOCKET]?ARRAY(_, _) -> doubt = false; goto stop
	:: reply[SOCKET]?NULL(_, _)
	:: FAILS
	fi;
unfenced:
	if
	:: MAY_STOP || OVER -> goto stop
	:: !OVER -> goto fence
	fi;
#endif
found:
	drop();
	atomic {
#ifdef NO_TOKEN
		whose = c + 1;
#endif
#ifdef NO_ATTEMPT
		which = n;
#endif
		if
		:: whose == c + 1 ->
			check(TOLD, applied[c] != 0);
			check(RUN, applied[c] == which);
			tell(RepliesLost)
#ifdef STRICT
		:: whose != c + 1 && doubt && OVER -> tell(Unknown)
		:: whose != c + 1 && !(doubt && OVER) ->
#else
		:: whose != c + 1 ->
#endif
			check(TOLD, !every(notApplied));
			check(WHOSE, applied[c] == 0);
			tell(AlreadyApplied)
		fi;
		goto done
	}
stop:
	drop();
	atomic {
#ifdef FAULTS
		check(HEALS, false);
#endif
#ifdef LAST_ATTEMPT
		doubt = false;
#endif
		if
		:: doubt -> tell(Unknown)
		:: !doubt ->
			check(TOLD, applied[c] == 0);
			tell(NotApplied)
		fi
	}
done:
	atomic { /* fewer states */
		used = 0;
		n = 0;
		whose = 0;
		which = 0;
		doubt = false
	}
}

init {
	byte i, k;
	atomic {
		for (i : 0 .. CLIENTS - 1) {
			for (k : 0 .. CONNECTIONS - 1) {
				run Connection(i * CONNECTIONS + k, i)
			}
			run Client(i);
#ifndef FAULTS
			run Window(i)
#endif
		}
#ifndef FAULTS
		run Expiry();
#endif
		i = 0;
		k = 0
	}
}

#ifdef LIVENESS
ltl always_an_answer { <> every(answered) }
#endif
