# A template. Replace the words in uppercase with the address of the repository and the checksums of a release. Compute
# the checksums from archives that `gh attestation verify` accepts; the .sha256 files come from the same place as the
# archives.
class CzHook < Formula
  desc "Sign, send, verify, receive and test webhooks"
  homepage "REPOSITORY"
  version "0.1.0"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "REPOSITORY/releases/download/v#{version}/cz-hook-aarch64-apple-darwin.tar.gz"
      sha256 "SHA256_AARCH64_APPLE_DARWIN"
    end
    on_intel do
      url "REPOSITORY/releases/download/v#{version}/cz-hook-x86_64-apple-darwin.tar.gz"
      sha256 "SHA256_X86_64_APPLE_DARWIN"
    end
  end

  on_linux do
    on_arm do
      url "REPOSITORY/releases/download/v#{version}/cz-hook-aarch64-unknown-linux-gnu.tar.gz"
      sha256 "SHA256_AARCH64_UNKNOWN_LINUX_GNU"
    end
    on_intel do
      url "REPOSITORY/releases/download/v#{version}/cz-hook-x86_64-unknown-linux-gnu.tar.gz"
      sha256 "SHA256_X86_64_UNKNOWN_LINUX_GNU"
    end
  end

  def install
    bin.install "cz-hook"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/cz-hook.bash" => "cz-hook"
    zsh_completion.install "completions/_cz-hook"
    fish_completion.install "completions/cz-hook.fish"
    doc.install "docs", "README.md", "CHANGELOG.md", "SECURITY.md"
  end

  test do
    system bin/"cz-hook", "demo", "--quiet"
  end
end
