package org.example.auth

import java.time.Instant

const val LIFETIME = 3600L

typealias Token = String

/**
 * Somebody who is logged in.
 */
@Serializable
data class Session(
    val user: String,
    val expires: Instant,
) {
    /** Tells whether it is over. */
    fun isExpired(now: Instant = Instant.now()): Boolean {
        return expires.isBefore(now)
    }

    val age: Long
        get() = Instant.now().epochSecond

    companion object {
        const val MAXIMUM = 10

        fun anonymous(): Session {
            return Session("anonymous", Instant.MAX)
        }
    }
}

interface SessionStore {
    suspend fun find(token: Token): Session?

    fun close() {
        println("closed")
    }
}

sealed class Outcome {
    object Denied : Outcome()

    class Granted(val session: Session) : Outcome()
}

enum class Role(val level: Int) {
    READER(1),
    ADMIN(9);

    fun covers(other: Role) = level >= other.level
}

object Clock : TimeSource {
    override fun now(): Instant {
        return Instant.now()
    }
}

// Shortens a token for the log.
fun Token.shortened(): String {
    val head = take(4)
    return "$head..."
}
