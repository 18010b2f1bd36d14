package org.arny
internal val x = java.lang.ref.ReferenceQueue<Any>()
