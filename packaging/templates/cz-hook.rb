class CzHook < Formula
  desc "Sign, send, verify, receive and test webhooks"
  homepage "@REPOSITORY@"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/cz-hook-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256 cz-hook-aarch64-apple-darwin.tar.gz@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/cz-hook-x86_64-apple-darwin.tar.gz"
      sha256 "@SHA256 cz-hook-x86_64-apple-darwin.tar.gz@"
    end
  end

  on_linux do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/cz-hook-aarch64-unknown-linux-gnu.tar.gz"
      sha256 "@SHA256 cz-hook-aarch64-unknown-linux-gnu.tar.gz@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/cz-hook-x86_64-unknown-linux-gnu.tar.gz"
      sha256 "@SHA256 cz-hook-x86_64-unknown-linux-gnu.tar.gz@"
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
