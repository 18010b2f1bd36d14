package org.arny

import java.io.ByteArrayOutputStream
import java.nio.charset.CharacterCodingException

/** For C. What is no text in UTF-8 reaches the library, which says so; only a NUL cannot. */
internal fun utf8(text: String, what: String): ByteArray {
    val nul = text.indexOf('\u0000')
    if (nul >= 0) throw ArnyException.Argument("$what has a NUL at character $nul: a C string cannot hold it")
    return try {
        text.encodeToByteArray(throwOnInvalidSequence = true)
    } catch (_: CharacterCodingException) {
        withSurrogates(text)
    }
}

internal fun utf8OrNull(text: String?, what: String): ByteArray? = text?.let { utf8(it, what) }

internal fun textOf(bytes: ByteArray?): String? = bytes?.toString(Charsets.UTF_8)

/**
 * A lone surrogate as the three bytes that it would have, were it a character: Java's encoder would make a '?' of it.
 */
private fun withSurrogates(text: String): ByteArray {
    val bytes = ByteArrayOutputStream(text.length + text.length / 8)
    var at = 0
    while (at < text.length) {
        val point = text.codePointAt(at)
        val characters = Character.charCount(point)
        if (point in 0xD800..0xDFFF) {
            bytes.write(0xE0 or (point shr 12))
            bytes.write(0x80 or (point shr 6 and 0x3F))
            bytes.write(0x80 or (point and 0x3F))
        } else {
            bytes.write(text.substring(at, at + characters).encodeToByteArray())
        }
        at += characters
    }
    return bytes.toByteArray()
}
