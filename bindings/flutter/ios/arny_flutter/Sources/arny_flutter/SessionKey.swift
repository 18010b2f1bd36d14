#if canImport(Security)
import Foundation
import Security

/// The 32 bytes that encrypt sessions, in the keychain: on this device alone, and readable once it was unlocked after
/// it started, because an app may be woken in the background.
enum SessionKey {
    private static let account = "org.arny.sessions"
    private static let lock = NSLock()

    static func get(reset: Bool) throws -> [UInt8] {
        try lock.withLock {
            if reset { SecItemDelete(query as CFDictionary) }
            return try read() ?? make()
        }
    }

    private static var query: [CFString: Any] {
        [kSecClass: kSecClassGenericPassword, kSecAttrService: Bundle.main.bundleIdentifier ?? account,
         kSecAttrAccount: account]
    }

    private static func read() throws -> [UInt8]? {
        var found: CFTypeRef?
        let status = SecItemCopyMatching(query.merging([kSecReturnData: true]) { $1 } as CFDictionary, &found)
        if status == errSecItemNotFound { return nil }
        guard status == errSecSuccess, let data = found as? Data, data.count == 32 else {
            throw DeviceError(code: "io", message: "the keychain does not give the key of the sessions (\(status)): "
                + "sessionKey with reset makes a new one")
        }
        return [UInt8](data)
    }

    private static func make() throws -> [UInt8] {
        var key = [UInt8](repeating: 0, count: 32)
        guard SecRandomCopyBytes(kSecRandomDefault, key.count, &key) == errSecSuccess else {
            throw DeviceError(code: "io", message: "the system gives no random bytes")
        }
        let item = query.merging([
            kSecValueData: Data(key),
            kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
        ]) { $1 }
        let status = SecItemAdd(item as CFDictionary, nil)
        guard status == errSecSuccess else {
            throw DeviceError(code: "write", message: "the keychain does not take the key of the sessions (\(status))")
        }
        return key
    }
}
#endif
