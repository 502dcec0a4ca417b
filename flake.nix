{
  description = "Sign, send, verify, receive and test webhooks";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      forAll = build: nixpkgs.lib.genAttrs systems (system: build nixpkgs.legacyPackages.${system});
      manifest = (builtins.fromTOML (builtins.readFile ./Cargo.toml)).package;
    in
    {
      packages = forAll (pkgs: {
        default = pkgs.rustPlatform.buildRustPackage {
          pname = manifest.name;
          inherit (manifest) version;
          src = self;
          cargoLock.lockFile = ./Cargo.lock;
          nativeBuildInputs = [ pkgs.installShellFiles ];
          # The tests need programs of other ecosystems; the workflows run them.
          doCheck = false;
          postInstall = ''
            installManPage man/*.1
            installShellCompletion --bash completions/cz-hook.bash
            installShellCompletion --zsh completions/_cz-hook
            installShellCompletion --fish completions/cz-hook.fish
          '';
          doInstallCheck = true;
          installCheckPhase = "$out/bin/cz-hook demo --quiet";
          meta = {
            inherit (manifest) description;
            license = with pkgs.lib.licenses; [ mit asl20 ];
            mainProgram = manifest.name;
          };
        };
      });
    };
}
