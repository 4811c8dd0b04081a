# Functions to unpack Debian's servers, for scripts to source. They need apt, but not root: nothing is installed, and what
# apt reads and writes is in a directory of its own. The mirror is DEBIAN_MIRROR, or else the one that this machine's apt uses:
# that of another system, such as Ubuntu, uses none. apt checks the signatures.

# What no server needs of the packages.
left_out=(./usr/share ./usr/lib/systemd './usr/lib/*/gconv' './usr/*/perl*' './usr/lib/*/perl*' ./usr/sbin ./sbin ./var ./etc)

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# mirror prints where this machine's apt gets Debian from.
mirror() {
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
		awk '$1 !~ /-/ && $2 == "main" && $3 ~ /\/debian\/?$/ { print $3; exit }'
}

# private_apt DIR ARGS… runs apt-get with everything it reads and writes in DIR, as if nothing were installed.
private_apt() {
	local dir=$1
	shift
	apt-get -q -o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts="$dir/parts" \
		-o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts="$dir/parts" \
		-o Dir::State::Lists="$dir/lists" -o Dir::State::status="$dir/status" \
		-o Dir::Cache::Archives="$dir/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
		-o Acquire::Languages=none -o APT::Install-Recommends=false -o APT::Sandbox::User="$(id -un)" \
		-o APT::Get::AllowUnauthenticated=false -o Acquire::AllowInsecureRepositories=false \
		-o Debug::NoLocking=1 "$@"
}

# download DIR SUITE PACKAGE… puts the packages, and all that they depend on, into DIR/archives.
download() {
	local dir=$1 suite=$2
	shift 2
	mkdir -p "$dir/lists/partial" "$dir/archives/partial" "$dir/parts"
	: >"$dir/status"
	echo "deb [signed-by=$keyring] $debian $suite main" >"$dir/sources.list"
	private_apt "$dir" update || return
	private_apt "$dir" install -y --download-only "$@"
}

# unpack DIR PROGRAM makes DIR/root of the packages in DIR/archives.
unpack() {
	local dir=$1 root=$1/root deb link
	mkdir -p "$root/tmp" "$root/data"
	for deb in "$dir"/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -x -C "$root" --keep-directory-symlink --no-same-owner "${left_out[@]/#/--exclude=}" || return
	done
	for link in bin lib lib64; do # newer packages leave these to the base system
		if [ ! -e "$root/$link" ] && [ -d "$root/usr/$link" ]; then ln -s "usr/$link" "$root/$link"; fi
	done
	[ -e "$root/bin/sh" ] || ln -s dash "$root/bin/sh" || return
	[ -x "$root/usr/bin/$2" ]
}

# need_debian ends the script where there is no way to get the packages.
need_debian() {
	command -v apt-get dpkg-deb >/dev/null || die "the packages are Debian's: this needs apt-get and dpkg-deb"
	[ -e "$keyring" ] || die "$keyring is missing: install debian-archive-keyring"
	debian=${DEBIAN_MIRROR:-$(mirror)}
	[ -n "$debian" ] || die "no Debian mirror among this machine's apt sources: set DEBIAN_MIRROR to the address of one"
}
