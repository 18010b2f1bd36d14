# For apps that use CocoaPods. A pod cannot reach out of its folder: tool/vendor.sh copies Arny's Swift sources and
# CArny.xcframework into it first. With the Swift Package Manager, Package.swift is used, and nothing is copied.
Pod::Spec.new do |s|
  s.name             = 'arny_flutter'
  s.version          = '0.1.0'
  s.summary          = 'A team of small language models in one memory budget'
  s.homepage         = 'https://example.com/arny'
  s.license          = { :type => 'See LICENSE of Arny' }
  s.author           = 'The Arny authors'
  s.source           = { :path => '.' }
  s.source_files     = 'arny_flutter/Sources/arny_flutter/**/*.swift', 'vendor/Arny/*.swift'
  s.resource_bundles = { 'arny_flutter_privacy' => ['arny_flutter/Sources/arny_flutter/PrivacyInfo.xcprivacy'] }
  s.vendored_frameworks = 'vendor/CArny.xcframework'
  s.dependency 'Flutter'
  s.platform         = :ios, '16.0'
  s.swift_version    = '5.9'
  s.frameworks       = 'Accelerate', 'Metal', 'MetalKit', 'Security', 'UIKit'
  s.libraries        = 'c++'
  s.pod_target_xcconfig = {
    'DEFINES_MODULE' => 'YES',
    # Some functions of Arny's sources are for its own tests, "package".
    'OTHER_SWIFT_FLAGS' => '-package-name arny',
    # Dart looks functions up by their names: the linker may leave none of them out.
    'OTHER_LDFLAGS' => '-all_load',
  }
end
