# shellcheck shell=sh
# What the formats share. A format's `make` begins with
#
#     #!/bin/sh
#     set -eu
#     # shellcheck source=../../pack.sh
#     . "$pack"
#
# and finds in its environment, from image/package:
#   name version arch   davbox, its version, the architecture as in cross/arch
#   names               what the format calls the architecture (the rest of its line in `arches`)
#   binary              the davbox to package
#   folder content      image/format/FORMAT and image/content
#   work                an empty folder, also the current one; the package goes to $work/out
#   SOURCE_DATE_EPOCH   the time that every file in a package bears
# shellcheck disable=SC2154 # all of these come from image/package

# need TOOL PACKAGE: a tool that Debian's PACKAGE brings. 69 tells image/package that all is said.
need() {
    command -v "$1" >/dev/null 2>&1 && return
    echo "image/package: this needs '$1': apt-get install $2" >&2
    exit 69
}

# archive FOLDER [ENTRY…]: a tar archive to standard output, the same bytes for the same files. The
# entries come in the order given (some formats want one) or sorted; without any, all of FOLDER as ./…
archive() {
    need tar tar
    archive_folder=$1
    shift
    [ $# -gt 0 ] || set -- .
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --format=gnu \
        -C "$archive_folder" -cf - -- "$@"
}

# packed FOLDER FILE [ENTRY…]: the same, compressed, to FILE. Not through a pipe, whose status is that of
# gzip alone: half an archive would become a package. -n: no name and no time in the header, which would
# differ from one making to the next.
packed() {
    packed_folder=$1 packed_file=$2
    shift 2
    archive "$packed_folder" "$@" >"$packed_file.part"
    gzip -9n <"$packed_file.part" >"$packed_file"
    rm "$packed_file.part"
}

# put MODE FILE TARGET: a copy with that mode, and the folders it lies in.
put() {
    mkdir -p "$(dirname "$3")"
    install -m "$1" "$2" "$3"
}

# fill MODE FILE TARGET [NAME=VALUE…]: the same with @NAME@ replaced, for each NAME given and for
# VERSION, ARCH, NAMES and the ports HTTP and HTTPS.
fill() {
    fill_mode=$1 fill_file=$2 fill_target=$3
    shift 3
    set -- "$@" "VERSION=$version" "ARCH=$arch" "NAMES=$names" "HTTP=$(port http)" "HTTPS=$(port https)"
    mkdir -p "$(dirname "$fill_target")"
    cp "$fill_file" "$fill_target.part"
    for fill_pair; do
        sed -i "s|@${fill_pair%%=*}@|${fill_pair#*=}|g" "$fill_target.part"
    done
    if grep -n '@[A-Z]\{1,\}@' "$fill_target.part" >&2; then
        echo "image/package: $fill_file has a place that nothing was filled into" >&2
        exit 1
    fi
    chmod "$fill_mode" "$fill_target.part"
    mv "$fill_target.part" "$fill_target"
}

# port http|https
port() { sed -n "s/^$1 //p" "$content/ports"; }

# text de|en title|summary|description|first-steps: what a person reads, one subject per file.
text() { cat "$content/text/$1/$2"; }

# icon SIZE: the file with the icon in SIZE x SIZE pixels.
icon() {
    [ -f "$content/icon/davbox-$1.png" ] && echo "$content/icon/davbox-$1.png" && return
    echo "image/package: there is no icon of $1 pixels in image/content/icon" >&2
    exit 1
}
