@echo off
py -3 "%~dp0installer\bootstrap.py" %*
