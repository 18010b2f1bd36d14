// The notifications that the plugin names.
import Foundation

public enum UIApplication {
    public static let didReceiveMemoryWarningNotification = Notification.Name("memory")
    public static let didEnterBackgroundNotification = Notification.Name("background")
}

extension Notification.Name {
    public static let NSProcessInfoPowerStateDidChange = Notification.Name("power")
}

extension ProcessInfo {
    public static let thermalStateDidChangeNotification = Notification.Name("thermal")
}
