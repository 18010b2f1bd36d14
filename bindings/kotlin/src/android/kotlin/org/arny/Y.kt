package org.arny
import android.content.ComponentCallbacks2
val y: ComponentCallbacks2? = null
