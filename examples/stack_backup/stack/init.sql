CREATE DATABASE functions_db TEMPLATE template0;
