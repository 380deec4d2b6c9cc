output "backup_key" {
  description = "Key of the bucket: backup"
  value       = google_kms_crypto_key_iam_member.storage["backup"].crypto_key_id
}

output "copy_key" {
  description = "Key of the bucket: copy"
  value       = google_kms_crypto_key_iam_member.storage["copy"].crypto_key_id
}

output "staging_key" {
  description = "Key of the bucket: staging"
  value       = google_kms_crypto_key_iam_member.storage["staging"].crypto_key_id
}
