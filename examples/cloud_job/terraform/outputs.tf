output "backup_bucket" {
  description = "Where the backups are"
  value       = module.storage.backup_bucket
}

output "copy_bucket" {
  description = "Where their copies are"
  value       = module.storage.copy_bucket
}

output "instance" {
  description = "PROJECT:REGION:INSTANCE of the database"
  value       = module.database.connection_name
}

output "app_address" {
  description = "Address of the application's load balancer"
  value       = module.app.address
}

output "backup_job" {
  description = "Name of the backup job: gcloud run jobs execute NAME"
  value       = module.job.backup_job
}
