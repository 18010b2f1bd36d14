package org.arny
import org.junit.jupiter.api.Test
class XTest { @Test fun x() { check(org.arny.x.poll() == null) } }
