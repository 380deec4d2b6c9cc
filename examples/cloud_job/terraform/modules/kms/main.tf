locals {
  locations = { backup = var.key_location, copy = var.copy_region, staging = var.region }
}

data "google_storage_project_service_account" "this" {
  project = var.project
}

resource "google_kms_key_ring" "this" {
  for_each = local.locations
  name     = "shop-${each.key}"
  location = each.value
}

# A new version each 90 days; older versions stay, because they decrypt older objects.
resource "google_kms_crypto_key" "this" {
  for_each        = local.locations
  name            = each.key
  key_ring        = google_kms_key_ring.this[each.key].id
  rotation_period = "7776000s"
  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key_iam_member" "storage" {
  for_each      = local.locations
  crypto_key_id = google_kms_crypto_key.this[each.key].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${data.google_storage_project_service_account.this.email_address}"
}
