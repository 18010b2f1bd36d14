// The Android library (AAR): the same sources, and src/android for what only Android has.
//
// Without -Parny.libraries the C library is built with it, which needs what the repository's CMakeLists.txt needs,
// cross-compiled for each ABI. With it, FOLDER/<abi>/libarny.so is linked and packed:  gradle assembleRelease
// -Parny.libraries=FOLDER
plugins {
    id("com.android.library") version "8.7.3"
    kotlin("android") version "2.2.21"
}

group = "org.arny"
version = "0.1.0"

val libraries = providers.gradleProperty("arny.libraries").map { file(it).absolutePath }.orNull

android {
    namespace = "org.arny"
    compileSdk = 35

    defaultConfig {
        minSdk = 29
        consumerProguardFiles("proguard-rules.pro")
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
            path = file("CMakeLists.txt")
            version = "3.22.1"
        }
    }

    sourceSets {
        getByName("main") {
            kotlin.setSrcDirs(listOf("src/main/kotlin", "src/android/kotlin"))
            manifest.srcFile("src/android/AndroidManifest.xml")
            if (libraries != null) jniLibs.srcDir(libraries)
        }
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }
}

kotlin {
    explicitApi()
    compilerOptions { jvmTarget = org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_11 }
}

dependencies {
    api("org.jetbrains.kotlinx:kotlinx-coroutines-core:1.10.2")
}
