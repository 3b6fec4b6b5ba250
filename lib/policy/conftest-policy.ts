import type { Admission } from "./admission.ts"
import { pinnedPattern, spellings } from "./spelling.ts"

/**
 * A policy for the manifests in git, before any cluster sees them: https://www.conftest.dev
 * It knows no signatures; it makes sure that what is deployed is what was signed, by digest.
 */
export function conftestPolicy({ repository }: Admission): string {
  return `package main

# Only images of this repository, and only by digest: a tag can be moved after it was signed.
repository := ${JSON.stringify(repository)}

pinned := ${JSON.stringify(pinnedPattern(repository))}

# Every container of every kind of workload, however deep its pod template lies; image volumes too.
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
	some name in ${JSON.stringify(spellings(repository))}
	image == name
}

ours(image) if {
	some name in ${JSON.stringify(spellings(repository))}
	some mark in {":", "@"}
	startswith(image, concat("", [name, mark]))
}

deny contains message if {
	some image in images
	not ours(image)
	message := sprintf("%s: expected an image of %s, the repository that was signed", [image, repository])
}

deny contains message if {
	some image in images
	ours(image)
	not regex.match(pinned, image)
	message := sprintf("%s: expected %s@sha256:<64 hex digits>; a tag can be moved after it was signed", [image, repository])
}
`
}
