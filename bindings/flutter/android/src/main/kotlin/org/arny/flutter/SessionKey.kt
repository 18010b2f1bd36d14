package org.arny.flutter

import android.content.Context
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import java.io.File
import java.io.IOException
import java.security.GeneralSecurityException
import java.security.KeyStore
import java.security.SecureRandom
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * The 32 bytes that encrypt sessions. The library needs the key itself, which Android's keystore never gives out: so a
 * random key is kept in a file, encrypted by one that stays in the keystore. The file is in no backup, because on
 * another device nothing could open it.
 */
internal class SessionKey(private val context: Context) {

    fun get(reset: Boolean): ByteArray = synchronized(LOCK) {
        val file = File(context.noBackupFilesDir, "arny.key")
        if (reset || !file.exists()) write(file) else read(file)
    }

    private fun read(file: File): ByteArray {
        val bytes = file.readBytes()
        try {
            val cipher = Cipher.getInstance(TRANSFORMATION)
            cipher.init(Cipher.DECRYPT_MODE, wrapping(), GCMParameterSpec(TAG_BITS, bytes, 0, IV_BYTES))
            return cipher.doFinal(bytes, IV_BYTES, bytes.size - IV_BYTES)
        } catch (problem: GeneralSecurityException) {
            throw IOException("the sessions' key cannot be opened: sessionKey with reset makes a new one", problem)
        } catch (problem: IllegalArgumentException) { // too short
            throw IOException("the key of the sessions is damaged: sessionKey with reset makes a new one", problem)
        }
    }

    private fun write(file: File): ByteArray {
        val key = ByteArray(KEY_BYTES).also(SecureRandom()::nextBytes)
        val cipher = Cipher.getInstance(TRANSFORMATION)
        cipher.init(Cipher.ENCRYPT_MODE, wrapping())
        val part = File(file.path + ".part")
        part.writeBytes(cipher.iv + cipher.doFinal(key))
        if (!part.renameTo(file)) throw IOException("${file.path} cannot be written")
        return key
    }

    private fun wrapping(): SecretKey {
        val store = KeyStore.getInstance(STORE).apply { load(null) }
        (store.getKey(ALIAS, null) as? SecretKey)?.let { return it }
        val generator = KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, STORE)
        generator.init(
            KeyGenParameterSpec.Builder(ALIAS, KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT)
                .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                .setKeySize(256)
                .build()
        )
        return generator.generateKey()
    }

    private companion object {
        val LOCK = Any()
        const val STORE = "AndroidKeyStore"
        const val ALIAS = "org.arny.sessions"
        const val TRANSFORMATION = "AES/GCM/NoPadding"
        const val KEY_BYTES = 32
        const val IV_BYTES = 12
        const val TAG_BITS = 128
    }
}
