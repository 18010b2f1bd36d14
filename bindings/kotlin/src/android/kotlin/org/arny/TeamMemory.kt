package org.arny

import android.content.ComponentCallbacks2
import android.content.Context
import android.content.res.Configuration

/**
 * Tells the team when Android is short of memory, as long as it is open. Closing what this returns ends it.
 *
 *     team.followMemory(applicationContext)
 */
public fun Team.followMemory(context: Context): AutoCloseable {
    val application = context.applicationContext
    val listener = TrimListener(this)
    application.registerComponentCallbacks(listener)
    return AutoCloseable { application.unregisterComponentCallbacks(listener) }
}

private class TrimListener(private val team: Team) : ComponentCallbacks2 {

    override fun onTrimMemory(level: Int) = tell(
        when (level) {
            ComponentCallbacks2.TRIM_MEMORY_RUNNING_CRITICAL,
            ComponentCallbacks2.TRIM_MEMORY_COMPLETE -> Pressure.CRITICAL
            else -> Pressure.LOW
        }
    )

    override fun onConfigurationChanged(configuration: Configuration) {}

    @Deprecated("Android calls it where it does not call onTrimMemory")
    override fun onLowMemory() = tell(Pressure.CRITICAL)

    private fun tell(level: Pressure) {
        try {
            team.pressure(level)
        } catch (_: ArnyException.Argument) {
            // It was closed: there is nothing to give back.
        }
    }
}
