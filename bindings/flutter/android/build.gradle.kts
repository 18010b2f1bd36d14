// The plugin for Android: its Kotlin, that of bindings/kotlin, libarny_jni.so, and libarny.so, which Dart opens too.
//
// In the app's android/gradle.properties:
//   arny.libraries=FOLDER   FOLDER/<abi>/libarny.so, as scripts/phones.sh android makes them. Without it the C library
//                           is built here, which needs what the repository's CMakeLists.txt needs, cross-compiled.
//   arny.root=FOLDER        the repository, where the plugin was copied out of it
plugins {
    id("com.android.library")
    kotlin("android")
}

group = "org.arny.flutter"
version = "0.1.0"

val root = providers.gradleProperty("arny.root").map { file(it) }
    .getOrElse(projectDir.canonicalFile.resolve("../../.."))
val libraries = providers.gradleProperty("arny.libraries").map { file(it).absolutePath }.orNull

android {
    namespace = "org.arny.flutter"
    compileSdk = 35

    defaultConfig {
        minSdk = 29
        consumerProguardFiles(root.resolve("bindings/kotlin/proguard-rules.pro"))
        ndk { abiFilters += listOf("arm64-v8a", "x86_64") }
        externalNativeBuild {
            cmake {
                if (libraries != null) arguments += "-DARNY_LIBRARIES=$libraries"
                arguments += "-DANDROID_STL=c++_shared"
                arguments += "-DANDROID_SUPPORT_FLEXIBLE_PAGE_SIZES=ON" // Android 15 has devices with pages of 16 KB
                targets += "arny_jni"
            }
        }
    }

    externalNativeBuild {
        cmake {
            path = root.resolve("bindings/kotlin/CMakeLists.txt")
            version = "3.22.1"
        }
    }

    sourceSets {
        getByName("main") {
            kotlin.srcDirs("src/main/kotlin", root.resolve("bindings/kotlin/src/main/kotlin"))
            if (libraries != null) jniLibs.srcDir(libraries)
        }
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }
}

kotlin {
    compilerOptions { jvmTarget = org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_11 }
}

dependencies {
    implementation("org.jetbrains.kotlinx:kotlinx-coroutines-core:1.10.2")
}
