package settings

// ValidateExternalURL is validateExternalURL by the name by which another package of this version calls it.
func ValidateExternalURL(url string) error {
	return validateExternalURL(url)
}
