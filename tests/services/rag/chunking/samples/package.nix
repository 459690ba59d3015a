# Builds the service.
{ lib, stdenv, fetchurl }:

let
  version = "1.2.0";

  # Joins names.
  join = names: sep:
    lib.concatStringsSep sep
      (map lib.toLower
        names);

  sources = {
    main = fetchurl {
      url = "https://example.org/service-${version}.tar.gz";
      hash = "sha256-AAAA";
    };
  };
in
stdenv.mkDerivation {
  pname = "service";
  inherit version;
  src = sources.main;

  buildPhase = ''
    make all
    make test
  '';

  passthru.greet = name: "hello ${name}";

  meta = {
    description = "A service";
    license = lib.licenses.mit;
  };
}
