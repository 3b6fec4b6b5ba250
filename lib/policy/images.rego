package main

# Only images of this repository, and only by digest: a tag can move after the signature.
repository := "__REPOSITORY__"

pinned := "__PINNED__"

# Every container of every kind of workload, at any depth, and image volumes.
images contains image if {
	[path, image] := walk(input)
	is_string(image)
	count(path) > 2
	path[count(path) - 1] == "image"
	path[count(path) - 3] in {"containers", "initContainers", "ephemeralContainers"}
}

images contains image if {
	[path, image] := walk(input)
	is_string(image)
	count(path) > 3
	path[count(path) - 1] == "reference"
	path[count(path) - 2] == "image"
	path[count(path) - 4] == "volumes"
}

ours(image) if {
	some name in ["__SPELLINGS__"]
	image == name
}

ours(image) if {
	some name in ["__SPELLINGS__"]
	some mark in {":", "@"}
	startswith(image, concat("", [name, mark]))
}

deny contains message if {
	some image in images
	not ours(image)
	message := sprintf("%s: expected an image of %s, the signed repository", [image, repository])
}

deny contains message if {
	some image in images
	ours(image)
	not regex.match(pinned, image)
	message := sprintf("%s: expected %s@sha256:<64 hex digits>; a tag can move after the signature", [image, repository])
}
