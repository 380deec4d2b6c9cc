locals {
  kept = {
    backups = { location = var.backup_location, key = var.backup_key }
    copies  = { location = var.copy_region, key = var.copy_key }
  }
  # Who may do what, besides the owners of the project. Nobody may remove or replace a backup.
  rights = {
    backup_create   = { bucket = "backups", role = "roles/storage.objectCreator", account = var.backup_account }
    backup_view     = { bucket = "backups", role = "roles/storage.objectViewer", account = var.backup_account }
    copy_create     = { bucket = "copies", role = "roles/storage.objectCreator", account = var.backup_account }
    copy_view       = { bucket = "copies", role = "roles/storage.objectViewer", account = var.backup_account }
    validate_view   = { bucket = "backups", role = "roles/storage.objectViewer", account = var.validate_account }
    validate_copies = { bucket = "copies", role = "roles/storage.objectViewer", account = var.validate_account }
  }
}

resource "google_storage_bucket" "kept" {
  for_each                    = local.kept
  name                        = "${var.project}-${each.key}"
  location                    = each.value.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  versioning {
    enabled = true
  }
  retention_policy {
    is_locked        = var.lock_retention
    retention_period = var.retention_days * 86400
  }
  encryption {
    default_kms_key_name = each.value.key
  }
  lifecycle_rule {
    condition {
      age = var.retention_days
    }
    action {
      type = "Delete"
    }
  }
  lifecycle_rule {
    condition {
      age = 1
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }
}

# The instance writes here only: it can't reach the backups.
resource "google_storage_bucket" "staging" {
  name                        = "${var.project}-staging"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true
  encryption {
    default_kms_key_name = var.staging_key
  }
  soft_delete_policy {
    retention_duration_seconds = 0
  }
  lifecycle_rule {
    condition {
      age = 2
    }
    action {
      type = "Delete"
    }
  }
}

resource "google_storage_bucket_iam_member" "kept" {
  for_each = local.rights
  bucket   = google_storage_bucket.kept[each.value.bucket].name
  role     = each.value.role
  member   = "serviceAccount:${each.value.account}"
}

resource "google_storage_bucket_iam_member" "staging" {
  for_each = { job = var.backup_account, instance = var.instance_account }
  bucket   = google_storage_bucket.staging.name
  role     = "roles/storage.objectAdmin"
  member   = "serviceAccount:${each.value}"
}

# To open a bucket, the job looks it up.
resource "google_storage_bucket_iam_member" "look" {
  for_each = {
    backup_backups   = { bucket = google_storage_bucket.kept["backups"].name, account = var.backup_account }
    backup_copies    = { bucket = google_storage_bucket.kept["copies"].name, account = var.backup_account }
    backup_staging   = { bucket = google_storage_bucket.staging.name, account = var.backup_account }
    validate_backups = { bucket = google_storage_bucket.kept["backups"].name, account = var.validate_account }
    validate_copies  = { bucket = google_storage_bucket.kept["copies"].name, account = var.validate_account }
  }
  bucket = each.value.bucket
  role   = "roles/storage.legacyBucketReader"
  member = "serviceAccount:${each.value.account}"
}
